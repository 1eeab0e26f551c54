/** @file One tab at a time writes into a folder of the user's. */

/** Does something while no other tab writes into the folder; waits for those that do. */
export async function withFolder<T>(folderId: string, work: () => Promise<T>): Promise<T> {
  // Absent where pages do not come by https.
  const locks = navigator.locks as LockManager | undefined;
  return locks === undefined ? work() : locks.request(`caption-studio-folder-${folderId}`, work);
}
