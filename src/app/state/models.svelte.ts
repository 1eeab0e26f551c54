/** @file The models of this browser: what is here and on its way, in whichever tab, and everything that can be done with them. */

import type { GivenFile, LoadEnd, LoadRequest, ModelNews, ModelProgress, ModelRecord, ReturnRequest } from '../../../workers/models-api.ts';
import type { ModelSource } from '../../../workers/api.ts';
import { StudioError } from '../../core/error.ts';
import { copyModelInto, packModel } from '../../storage/export-model.ts';
import { modelDrawers, modelLock, modelsChannel, type ModelNote } from '../../storage/model-record.ts';
import { openRecords } from '../../storage/records.ts';
import { saveBlob } from '../intake/take-out.ts';
import type { ModelsThread } from '../models.ts';
import { addSample, type ByteSample } from './byte-rate.ts';
import { HubAccess } from './hub-access.ts';
import { embeddedId, toEntry, type ModelEntry } from './model-entry.ts';
import type { Notices } from './notices.svelte.ts';
import type { Settings } from './settings.svelte.ts';

/** How much room there is. @unit bytes */
export interface StorageSpace {
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** Whether the browser has promised not to clear it by itself. */
  readonly isPersisted: boolean;
}

/** The shelf of models. */
export class Models {
  entries = $state.raw<readonly ModelEntry[]>([]);
  space = $state.raw<StorageSpace | undefined>(undefined);
  isRead = $state(false);
  readonly access = new HubAccess();
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
  #channel: BroadcastChannel | undefined;
  #reading: Promise<void> | undefined;
  #isStale = false;

  constructor(parts: { thread: ModelsThread; settings: Settings; notices: Notices }) {
    this.thread = parts.thread;
    this.#settings = parts.settings;
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
    let damaged: readonly string[] | undefined;
    await this.#run(id, async (onProgress) => {
      damaged = await this.thread.verify(id, onProgress);
      return 'whole';
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
  async exportFile({ id, name }: ModelEntry): Promise<void> {
    const plain = plainName(name);
    saveBlob(`${plain}.tar`, await packModel(id, plain));
  }

  /** Copies a model into a folder that the user picks. */
  async exportFolder({ id, name }: ModelEntry): Promise<void> {
    const root = await window.showDirectoryPicker?.({ mode: 'readwrite' });
    if (root === undefined) return;
    const folder = await root.getDirectoryHandle(plainName(name), { create: true });
    await copyModelInto(id, folder, () => undefined);
    this.#notices.say({ title: `${name} copied`, text: `It lies in ${root.name}/${plainName(name)}.` });
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
    try {
      const end = await work((progress) => this.#take(progress));
      if (end === 'elsewhere') this.#notices.say({ title: 'Another tab works on this model', text: 'This one shows how far it is.' });
    } catch (error) {
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
    if (progress.stage === 'fetching')
      this.#samples.set(modelId, addSample(this.#samples.get(modelId) ?? [], { atMs: performance.now(), done }));
    const isFirst = !this.#progress.has(modelId);
    this.#progress.set(modelId, progress);
    if (isFirst || !this.entries.some(({ id }) => id === modelId)) void this.read();
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
        const isBusy = busy.has(modelLock(id));
        if (!isBusy && !this.#ours.has(id)) {
          this.#progress.delete(id);
          this.#stopping.delete(id);
        } else if (!this.#ours.has(id)) this.#watch(id);
        const facts = { record, note: noteOf.get(id), progress: this.#progress.get(id), samples: this.#samples.get(id) ?? [] };
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

/** How much room there is; undefined where the browser does not tell. */
export async function readSpace(): Promise<StorageSpace | undefined> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined) return undefined;
  return { usedBytes: usage, freeBytes: Math.max(0, quota - usage), isPersisted: await navigator.storage.persisted() };
}

/** Asks that the browser does not clear models when the disk fills up; it may say no, and loading goes on all the same. */
async function askToStay(): Promise<void> {
  await navigator.storage.persist().catch(() => false);
}

async function busyLocks(): Promise<ReadonlySet<string>> {
  const { held } = await navigator.locks.query();
  return new Set(held?.flatMap(({ name }) => name ?? []) ?? []);
}

function isOffline(error: unknown): boolean {
  return error instanceof StudioError && error.code === 'network' && !navigator.onLine;
}

/** A name that every system takes for a file. */
function plainName(name: string): string {
  return name.replaceAll(/[^\w.-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/gu, '') || 'model';
}
