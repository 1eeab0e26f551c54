/** @file Lets one job at a time reach the model, and carries the wish to stop to loops that look at it. */

/** A job that runs or waits. */
export interface Job {
  /** Whether it shall stop within one token. */
  readonly isCancelled: () => boolean;
  /** Whether it shall stop when what is being written is done. */
  readonly isPaused: () => boolean;
}

/** The queue of jobs. */
export interface Jobs {
  /** Runs work when all earlier jobs have ended. @param calledOff what becomes of a job that is cancelled while it still waits: it ends at once, for those before it may take hours */
  run<T>(id: string, work: (job: Job) => Promise<T>, calledOff?: () => T): Promise<T>;
  /** Whether a job runs or waits. */
  isBusy(): boolean;
  /** Whether a job waits for the one that runs. */
  isAwaited(): boolean;
  /** Asks a job to stop; one that waits and cannot be called off will find the wish when it starts. Unknown ids are ignored: the job has just ended. */
  cancel(id: string, after: 'token' | 'batch'): void;
}

/** Makes an empty queue. */
export function makeJobs(): Jobs {
  const wishes = new Map<string, 'none' | 'token' | 'batch'>();
  const callsOff = new Map<string, () => void>(); // of jobs that wait
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let unfinished = 0;
  return {
    run: (id, work, calledOff) => {
      wishes.set(id, 'none');
      const job: Job = { isCancelled: () => wishes.get(id) === 'token', isPaused: () => wishes.get(id) === 'batch' };
      waiting += 1;
      unfinished += 1;
      const end = (): void => {
        unfinished -= 1;
        wishes.delete(id);
      };
      return new Promise((resolve, reject) => {
        let isWaiting = true;
        const leaveLine = (): boolean => {
          if (!isWaiting) return false;
          isWaiting = false;
          waiting -= 1;
          callsOff.delete(id);
          return true;
        };
        if (calledOff !== undefined)
          callsOff.set(id, () => {
            if (!leaveLine()) return;
            end();
            resolve(calledOff());
          });
        const turn = last.then(async () => {
          if (!leaveLine()) return;
          try {
            resolve(await work(job));
          } finally {
            end();
          }
        });
        last = turn.catch(reject);
      });
    },
    isBusy: () => unfinished > 0,
    isAwaited: () => waiting > 0,
    cancel: (id, after) => {
      const wish = wishes.get(id);
      if (wish !== undefined && wish !== 'token') wishes.set(id, after);
      callsOff.get(id)?.();
    },
  };
}
