/** @file What a drawer of records does, wherever it lies. */

/** A drawer of records under their ids. */
export interface RecordStore<T> {
  /** Every record, in no particular order. */
  loadAll(): Promise<T[]>;
  ids(): Promise<string[]>;
  load(id: string): Promise<T | undefined>;
  /** @throws {StudioError} 'storage-full' when the quota is spent */
  save(id: string, record: T): Promise<void>;
  /** @throws {StudioError} 'storage-full' when the quota is spent */
  saveMany(records: readonly (readonly [id: string, record: T])[]): Promise<void>;
  /** Makes a record of the one that stands there, with no other tab in between. @throws {StudioError} 'storage-full' when the quota is spent */
  update(id: string, change: (record: T | undefined) => T): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  clear(): Promise<void>;
}
