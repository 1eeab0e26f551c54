/** @file What this tab has not written down yet: changes that wait for others to be written with, and writes under way. */

let held = 0;
const listeners = new Set<(isAllWritten: boolean) => void>();

/** Notes that something is still to be written down; call what it returns when it is, or when it is not to be any more. */
export function holdUnwritten(): () => void {
  let isHeld = true;
  change(1);
  return () => {
    if (isHeld) change(-1);
    isHeld = false;
  };
}

/** Counts work as not written down until it ends, well or not. */
export async function untilWritten<T>(work: Promise<T>): Promise<T> {
  const release = holdUnwritten();
  try {
    return await work;
  } finally {
    release();
  }
}

/** Tells, at once and each time that it changes, whether nothing is left to write down; until the returned function is called. */
export function watchUnwritten(listener: (isAllWritten: boolean) => void): () => void {
  listeners.add(listener);
  listener(held === 0);
  return () => listeners.delete(listener);
}

function change(by: 1 | -1): void {
  const before = held;
  held += by;
  if ((before === 0) === (held === 0)) return;
  for (const listener of listeners) listener(held === 0);
}
