/** @file What TypeScript lists for workers alone: tests import the files of workers beside those of the page. */

interface FileSystemSyncAccessHandle {
  getSize(): number;
  truncate(size: number): void;
  read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
