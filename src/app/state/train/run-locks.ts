/** @file One tab at a time goes on with a run: a lock for each, which the browser frees when a tab dies. */

const prefix = 'training ';

/** Does work on a run while no other tab does; gives false, without having begun, where one does. */
export async function holdRun(runId: string, work: () => Promise<void>): Promise<boolean> {
  return navigator.locks.request(prefix + runId, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await work();
    return true;
  });
}

/** Gives the ids of the runs that some tab is at. */
export async function runsAtWork(): Promise<ReadonlySet<string>> {
  const { held } = await navigator.locks.query();
  return new Set(held?.flatMap(({ name }) => (name?.startsWith(prefix) === true ? [name.slice(prefix.length)] : [])) ?? []);
}
