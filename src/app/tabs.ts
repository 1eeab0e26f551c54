/** @file Several tabs of one studio share pictures and captions; only the first may work on them unasked. */

const lockName = 'caption-studio';

/** A page that was just reloaded or closed may hold the lock a moment longer. @unit ms */
const graceMs = 800;

/** Whether no other tab has the studio open; this one counts as the first from then on, until it is closed. */
export function isFirstTab(): Promise<boolean> {
  // Absent where pages do not come by https.
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const holding = locks.request(lockName, { signal: AbortSignal.timeout(graceMs) }, () => {
      resolve(true);
      return new Promise<never>(() => undefined); // held as long as the page lives
    });
    holding.catch(() => resolve(false));
  });
}
