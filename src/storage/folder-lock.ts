/** @file One tab at a time writes into a folder of the user's. */

/** Does something while no other tab writes into the folder; waits for those that do. */
export async function withFolder<T>(folderId: string, work: () => Promise<T>): Promise<T> {
  // Absent where pages do not come by https.
  const locks = navigator.locks as LockManager | undefined;
  return locks === undefined ? work() : locks.request(`caption-studio-folder-${folderId}`, work);
}

/** Does something while no other tab writes into any of the folders; all tabs wait for them in the same order. */
export function withFolders<T>(folderIds: readonly string[], work: () => Promise<T>): Promise<T> {
  const [first, ...others] = [...new Set(folderIds)].sort();
  return first === undefined ? work() : withFolder(first, () => withFolders(others, work));
}
