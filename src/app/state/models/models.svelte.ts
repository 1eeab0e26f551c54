/** @file The models of this browser: what is here and on its way, in whichever tab, and everything that can be done with them. */

import type {
  GivenFile,
  LoadEnd,
  LoadRequest,
  ModelNews,
  ModelProgress,
  ModelRecord,
  ReturnRequest,
} from '../../../../workers/models-api.ts';
import type { ModelSource } from '../../../../workers/api.ts';
import { StudioError } from '../../../core/error.ts';
import { modelDrawers, modelLock, modelsChannel, type ModelNote } from '../../../storage/model-record.ts';
import { openRecords } from '../../../storage/records.ts';
import type { ModelsThread } from '../../models.ts';
import { addSample, type ByteSample } from './byte-rate.ts';
import { HubAccess } from './hub-access.ts';
import { embeddedId, isBusyStage, toEntry, type ModelEntry } from './model-entry.ts';
import { copyOut, pickTarget, saveAsFile } from './model-export.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Settings } from '../settings.svelte.ts';
import { askToStay, readSpace, type StorageSpace } from '../storage-space.ts';

/** The shelf of models. */
export class Models {
  entries = $state.raw<readonly ModelEntry[]>([]);
  space = $state.raw<StorageSpace | undefined>(undefined);
  isRead = $state(false);
  readonly access: HubAccess;
  readonly thread: ModelsThread;
  readonly #settings: Settings;
  readonly #notices: Notices;
  readonly #records = openRecords<ModelRecord>(modelDrawers.records);
  readonly #notes = openRecords<ModelNote>(modelDrawers.notes);
  readonly #progress = new Map<string, ModelProgress>();
  readonly #samples = new Map<string, readonly ByteSample[]>();
  readonly #ours = new Set<string>();
  readonly #stopping = new Set<string>();
  readonly #watched = new Set<string>();
  readonly #copies = new Map<string, AbortController>();
  /** Why loads stand still; on a full disk the record cannot be told. */
  readonly #troubles = new Map<string, NonNullable<ModelRecord['trouble']>>();
  #channel: BroadcastChannel | undefined;
  #reading: Promise<void> | undefined;
  #isStale = false;

  constructor(parts: { thread: ModelsThread; settings: Settings; notices: Notices }) {
    this.thread = parts.thread;
    this.#settings = parts.settings;
    this.access = new HubAccess(parts.settings);
    this.#notices = parts.notices;
  }

  /** The id of the model that captions are written with. */
  get chosenId(): string {
    return this.#settings.now.modelId;
  }

  /** The chosen model's entry; undefined for the embedded one, and for one that is gone. */
  get chosen(): ModelEntry | undefined {
    return this.entries.find(({ id }) => id === this.chosenId);
  }

  /** Whether a model's row tells of an error. */
  isShown(error: unknown): boolean {
    return error instanceof StudioError && this.entries.some(({ record }) => record.trouble?.message === error.message);
  }

  /** Where the chosen model's bytes are. */
  async chosenSource(): Promise<ModelSource> {
    const id = this.chosenId;
    if (id === embeddedId) return { kind: 'embedded' };
    const held = this.entries.some((entry) => entry.id === id && entry.isHeld) ? await this.thread.heldFiles(id) : null;
    await this.#note(id, { usedAt: Date.now() });
    return held === null ? { kind: 'stored', id } : { kind: 'held', id, files: held };
  }

  /** Reads what is here, and listens from then on to what other tabs do. */
  async read(): Promise<void> {
    this.#listen();
    // What changes while it is read is read once more, not once for each change.
    if (this.#reading !== undefined) {
      this.#isStale = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => (this.#reading = undefined));
    await this.#reading;
    if (!this.#isStale) return;
    this.#isStale = false;
    await this.read();
  }

  /** Begins a load; errors stay with the model, and are told. */
  async load(request: LoadRequest): Promise<void> {
    if (request.keep === 'browser') await askToStay();
    await this.#run(request.modelId, (onProgress) => this.thread.load(request, onProgress));
  }

  /** Goes on with a load. @param files the folder again, for a model that came from one */
  async goOn(entry: ModelEntry, files: readonly GivenFile[] | null = null): Promise<void> {
    await this.#run(entry.id, async (onProgress) => this.thread.resume(await this.#returning(entry, files), onProgress));
  }

  /** Takes a load that found no room into memory, with what was fetched, and goes on with it there. @param files as for `goOn` */
  async holdInstead(entry: ModelEntry, files: readonly GivenFile[] | null = null): Promise<void> {
    await this.thread.moveToMemory(entry.id);
    await this.goOn(entry, files);
  }

  /** Stops a load after the part that is being fetched. */
  async pause({ id }: ModelEntry): Promise<void> {
    this.#stopping.add(id);
    await this.read();
    await this.thread.pause(id);
  }

  /** Deletes a model, or calls its load off. */
  async remove({ id }: ModelEntry): Promise<void> {
    await this.thread.remove(id);
    if (this.chosenId === id) this.#settings.change({ modelId: embeddedId });
    await this.read();
  }

  /** Compares every file with its hash; gives the names of those that differ. */
  async verify({ id, name }: ModelEntry): Promise<void> {
    let damaged: readonly string[] | null | undefined;
    await this.#run(id, async (onProgress) => {
      damaged = await this.thread.verify(id, onProgress);
      return damaged === null ? 'cancelled' : 'whole';
    });
    if (damaged?.length === 0) this.#notices.say({ title: `${name} is whole`, text: 'Every file is as its manifest says.' });
  }

  /** Fetches the damaged files again. */
  async mend(entry: ModelEntry, files: readonly GivenFile[] | null = null): Promise<void> {
    await this.#run(entry.id, async (onProgress) => this.thread.mend(await this.#returning(entry, files), onProgress));
  }

  /** Gives a model a name of the user's own; '' goes back to its first. */
  async rename({ id, record }: ModelEntry, name: string): Promise<void> {
    const { name: _former, ...others } = (await this.#notes.load(id)) ?? { id };
    await this.#notes.save(id, name.trim() === '' || name.trim() === record.name ? others : { ...others, name: name.trim() });
    this.#changed();
  }

  /** Writes down what this model is asked when it is chosen; '' for nothing. */
  async setPrompt({ id }: ModelEntry, prompt: string): Promise<void> {
    const { prompt: _former, ...others } = (await this.#notes.load(id)) ?? { id };
    await this.#notes.save(id, prompt.trim() === '' ? others : { ...others, prompt });
    this.#changed();
  }

  /** Saves a model as one file. */
  exportFile(entry: ModelEntry): Promise<void> {
    return saveAsFile(this.thread, entry);
  }

  /** Copies a model into a folder that the user picks. */
  async exportFolder(entry: ModelEntry): Promise<void> {
    const root = await pickTarget();
    if (root === undefined) return;
    const stop = new AbortController();
    this.#copies.set(entry.id, stop);
    await this.#run(entry.id, async (onProgress) => {
      const onBytes = (done: number, total: number): void => onProgress({ modelId: entry.id, stage: 'copying', done, total });
      const place = await copyOut(this.thread, entry, root, { signal: stop.signal, onProgress: onBytes }).catch((error: unknown) => {
        if (stop.signal.aborted) return undefined;
        throw error;
      });
      if (place !== undefined) this.#notices.say({ title: `${entry.name} copied`, text: `It lies in ${place}.` });
      return place === undefined ? 'cancelled' : 'whole';
    }).finally(() => this.#copies.delete(entry.id));
  }

  /** Ends a check, a repair or a copy; the model stays as it is. */
  async callOff({ id }: ModelEntry): Promise<void> {
    const copy = this.#copies.get(id);
    if (copy !== undefined) copy.abort();
    else await this.thread.cancel(id);
  }

  async #note(id: string, change: Partial<ModelNote>): Promise<void> {
    await this.#notes.save(id, { ...((await this.#notes.load(id)) ?? { id }), ...change }).catch(() => undefined); // worth no failed load
  }

  async #returning({ id, record }: ModelEntry, files: readonly GivenFile[] | null): Promise<ReturnRequest> {
    const { origin } = record;
    return { modelId: id, files, token: origin.kind === 'hub' ? await this.access.tokenOf(origin.host) : null };
  }

  async #run(id: string, work: (onProgress: (progress: ModelProgress) => void) => Promise<LoadEnd>): Promise<void> {
    this.#ours.add(id);
    this.#troubles.delete(id);
    try {
      const end = await work((progress) => this.#take(progress));
      if (end === 'elsewhere') this.#notices.say({ title: 'Another tab works on this model', text: 'This one shows how far it is.' });
    } catch (error) {
      if (error instanceof StudioError) this.#troubles.set(id, { code: error.code, message: error.message });
      if (isOffline(error)) addEventListener('online', () => void this.#goOnAgain(id), { once: true });
      throw error;
    } finally {
      this.#ours.delete(id);
      this.#stopping.delete(id);
      this.#progress.delete(id);
      this.#samples.delete(id);
      await this.read();
    }
  }

  async #goOnAgain(id: string): Promise<void> {
    const entry = this.entries.find((one) => one.id === id);
    if (entry?.status === 'interrupted') await this.goOn(entry).catch((error: unknown) => this.#notices.tell(error));
  }

  #take(progress: ModelProgress): void {
    const { modelId, done } = progress;
    if (progress.stage === 'fetching' || isBusyStage(progress.stage))
      this.#samples.set(modelId, addSample(this.#samples.get(modelId) ?? [], { atMs: performance.now(), done }));
    const isFirst = !this.#progress.has(modelId);
    this.#progress.set(modelId, progress);
    if (isFirst) void this.read();
    else this.entries = this.entries.map((entry) => (entry.id === modelId ? this.#withProgress(entry, progress) : entry));
  }

  #withProgress(entry: ModelEntry, progress: ModelProgress): ModelEntry {
    const facts = { record: entry.record, note: entry.note, isHeld: entry.isHeld, samples: this.#samples.get(entry.id) ?? [] };
    return toEntry({ ...facts, progress, isBusy: true, isOurs: this.#ours.has(entry.id), isStopping: this.#stopping.has(entry.id) });
  }

  #listen(): void {
    if (this.#channel !== undefined) return;
    this.#channel = new BroadcastChannel(modelsChannel);
    this.#channel.onmessage = ({ data }: MessageEvent<ModelNews>) => {
      if (data.kind === 'changed') void this.read();
      if (data.kind === 'progress' && !this.#ours.has(data.progress.modelId)) this.#take(data.progress);
    };
  }

  #changed(): void {
    this.#channel?.postMessage({ kind: 'changed' } satisfies ModelNews);
    void this.read();
  }

  async #readAll(): Promise<void> {
    const [kept, held, notes, busy] = await Promise.all([
      this.#records.loadAll(),
      this.thread.heldRecords(),
      this.#notes.loadAll(),
      busyLocks(),
    ]);
    const noteOf = new Map(notes.map((note) => [note.id, note]));
    const heldIds = new Set(held.map(({ id }) => id));
    this.entries = [...held, ...kept]
      .toSorted((a, b) => a.addedAt - b.addedAt)
      .map((record) => {
        const { id } = record;
        const trouble = record.trouble ?? this.#troubles.get(id) ?? null;
        const isBusy = busy.has(modelLock(id));
        if (!isBusy && !this.#ours.has(id)) {
          this.#progress.delete(id);
          this.#stopping.delete(id);
        } else if (!this.#ours.has(id)) this.#watch(id);
        const facts = {
          record: { ...record, trouble },
          note: noteOf.get(id),
          progress: this.#progress.get(id),
          samples: this.#samples.get(id) ?? [],
        };
        return toEntry({ ...facts, isHeld: heldIds.has(id), isBusy, isOurs: this.#ours.has(id), isStopping: this.#stopping.has(id) });
      });
    this.isRead = true;
    this.space = await readSpace();
  }

  /** A tab that dies says nothing; its lock becomes free. */
  #watch(id: string): void {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    void navigator.locks
      .request(modelLock(id), () => undefined)
      .finally(() => {
        this.#watched.delete(id);
        void this.read();
      });
  }
}

async function busyLocks(): Promise<ReadonlySet<string>> {
  const { held } = await navigator.locks.query();
  return new Set(held?.flatMap(({ name }) => name ?? []) ?? []);
}

function isOffline(error: unknown): boolean {
  return error instanceof StudioError && error.code === 'network' && !navigator.onLine;
}
