/** @file The styles of this browser: a library that outlives the tab, and the one that is chosen. */

import type { AdapterChoice, AdapterMerge, AdapterSource, AdapterSummary, MergeSizes } from '../../../../workers/adapters-api.ts';
import { StudioError } from '../../../core/error.ts';
import type { PeftLayout } from '../../../core/peft/layout.ts';
import type { AdapterInsight } from '../../../engine/adapter/insight.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { Studio } from '../../studio.ts';
import type { History } from '../history.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Settings } from '../settings.svelte.ts';
import type { ChosenStyle, StyleFile, StyleRecord } from './style-record.ts';

/** What the library stands on. */
export interface StylesParts {
  readonly studio: Studio;
  readonly records: RecordStore<StyleRecord>;
  readonly settings: Settings;
  readonly notices: Notices;
  readonly history: History;
}

/** The styles. */
export class Styles {
  all = $state.raw<readonly StyleRecord[]>([]);
  /** While one is read or written. */
  isBusy = $state(false);
  readonly #parts: StylesParts;
  /** Those that the engine's thread has, by their present name. */
  readonly #loaded = new Map<string, Promise<AdapterSummary>>();

  constructor(parts: StylesParts) {
    this.#parts = parts;
  }

  /** The chosen one; undefined is the model as it is. */
  get chosen(): StyleRecord | undefined {
    return this.all.find(({ id }) => id === this.#parts.settings.now.styleId);
  }

  /** The strength of the chosen one, from 0 to 2. */
  get scale(): number {
    return this.chosen?.summary.isScalable === true ? this.#parts.settings.now.styleScale : 1;
  }

  /** What captions are asked for in; null is the model as it is. */
  get wanted(): ChosenStyle | null {
    const { chosen, scale } = this;
    return chosen === undefined ? null : { id: chosen.id, name: chosen.name, scale };
  }

  /** Brings the library back; the engine reads a style when it is first worn. */
  async load(): Promise<void> {
    this.all = (await this.#parts.records.loadAll()).toSorted((a, b) => a.addedAtMs - b.addedAtMs);
  }

  /** Compares every style with the model that is open now. */
  async compare(): Promise<void> {
    const unreadable = new Map<string, string>();
    for (const style of this.all) {
      await this.#load(style).catch((error: unknown) => unreadable.set(style.id, error instanceof Error ? error.message : String(error)));
    }
    const found = new Map((await this.#parts.studio.listAdapters()).map((summary) => [summary.id, summary]));
    this.all = this.all.map((style) => {
      const reason = unreadable.get(style.id); // of which the others know nothing
      const summary = found.get(style.id) ?? style.summary;
      return { ...style, summary: reason === undefined ? summary : { ...summary, fit: { state: 'other', reason } } };
    });
  }

  /** Chooses a style for what comes next. */
  choose(id: string | undefined): void {
    this.#parts.settings.change({ styleId: id, styleScale: 1 });
  }

  /** Sets the strength of the chosen one. */
  setScale(scale: number): void {
    this.#parts.settings.change({ styleScale: Math.min(2, Math.max(0, scale)) });
  }

  /**
   * Gives what the engine is to wear, reading it first where it has not.
   *
   * @throws {StudioError} 'file-missing' when the style is not here any more, 'adapter-mismatch' when it was made for another model
   */
  async wear(style: ChosenStyle | null | undefined): Promise<readonly AdapterChoice[]> {
    if (style === null || style === undefined) return [];
    const record = this.all.find(({ id }) => id === style.id);
    if (record === undefined) throw new StudioError('file-missing', `${style.name}: this style is not here any more; choose another`);
    await this.#load(record);
    return [{ id: style.id, scale: style.scale }];
  }

  /** Lets the engine read a style, also one that has left the library. */
  async read(style: StyleFile): Promise<void> {
    await this.#load(this.all.find(({ id }) => id === style.id) ?? style);
  }

  /** Lays a style out on the open model before anybody asks for it. */
  async prepare(style: StyleRecord): Promise<void> {
    await this.#load(style);
    await this.#parts.studio.prepareAdapter(style.id);
  }

  /** Takes a style in. @throws {StudioError} 'file-invalid', 'adapter-mismatch', 'network' */
  async import(source: AdapterSource): Promise<StyleRecord> {
    return this.#busy(async () => {
      const { summary, zip } = await this.#readSource(source);
      return this.add(summary, zip);
    });
  }

  /** Takes several styles in, in their order; they are read side by side, since each step waits for a word of the caption that is being written. */
  async importAll(sources: readonly AdapterSource[]): Promise<void> {
    await this.#busy(async () => {
      for (const { summary, zip } of await Promise.all(sources.map((source) => this.#readSource(source)))) await this.add(summary, zip);
    });
  }

  /** Puts a style into the library, in the place of an equal one. */
  async add(summary: AdapterSummary, zip: Blob): Promise<StyleRecord> {
    const known = this.all.find(({ id }) => id === summary.id);
    const name = known?.name ?? this.#freeName(summary.name);
    const record: StyleRecord = { id: summary.id, name, zip, addedAtMs: known?.addedAtMs ?? this.#nextMs(), summary };
    await this.#parts.records.save(record.id, record);
    this.all = [...this.all.filter(({ id }) => id !== record.id), record].toSorted((a, b) => a.addedAtMs - b.addedAtMs);
    return record;
  }

  /** Gives a style another name, in its card too. */
  async rename(style: StyleRecord, name: string): Promise<void> {
    const wanted = name.trim();
    if (wanted === '' || wanted === style.name) return;
    const { studio } = this.#parts;
    await this.#busy(async () => {
      await this.#load(style);
      const summary = await studio.describeAdapter({ id: style.id, name: this.#freeName(wanted), card: style.summary.card });
      const zip = await studio.exportAdapter({ id: style.id, layout: 'hf5' });
      await this.#replace({ ...style, name: summary.name, summary, zip });
    });
  }

  /** Takes a style away, with a way back. */
  async remove(style: StyleRecord): Promise<void> {
    const { records, history, notices, settings } = this.#parts;
    const wasChosen = settings.now.styleId === style.id;
    const takeAway = async (): Promise<void> => {
      if (wasChosen) this.choose(undefined);
      this.all = this.all.filter(({ id }) => id !== style.id);
      await records.remove([style.id]);
    };
    const bringBack = async (): Promise<void> => {
      await records.save(style.id, style);
      this.all = [...this.all, style].toSorted((a, b) => a.addedAtMs - b.addedAtMs);
    };
    const tell = (work: Promise<void>): void => {
      work.catch((error: unknown) => {
        notices.tell(error);
      });
    };
    await takeAway();
    history.add({
      label: `${style.name} deleted`,
      undo: () => {
        tell(bringBack());
      },
      redo: () => {
        tell(takeAway());
      },
    });
    notices.say({ title: `${style.name} deleted`, acts: [{ label: 'Undo', run: () => void history.undo() }] });
  }

  /** Makes one style of several LoRAs, each with its strength. @throws {StudioError} 'argument-invalid' for other kinds, with the reason */
  async blend(choices: readonly ChosenStyle[], name: string): Promise<StyleRecord> {
    const { studio } = this.#parts;
    return this.#busy(async () => {
      const adapters = (await Promise.all(choices.map((choice) => this.wear(choice)))).flat();
      const summary = await studio.blendAdapters({ adapters, name: this.#freeName(name) });
      this.#loaded.set(summary.id, Promise.resolve(summary));
      return this.add(summary, await studio.exportAdapter({ id: summary.id, layout: 'hf5' }));
    });
  }

  /** Makes a copy whose full strength is the given one of the original. */
  async duplicate(style: StyleRecord, scale: number, wanted: string): Promise<StyleRecord> {
    const { studio } = this.#parts;
    return this.#busy(async () => {
      await this.#load(style);
      const name = this.#freeName(wanted);
      const summary = await studio.duplicateAdapter({ id: style.id, name, scale });
      this.#loaded.set(summary.id, Promise.resolve(summary));
      return this.add(summary, await studio.exportAdapter({ id: summary.id, layout: 'hf5' }));
    });
  }

  /** Writes a style as a zip in the names of a layout. */
  async export(style: StyleRecord, layout: PeftLayout): Promise<Blob> {
    return this.#busy(async () => {
      await this.#load(style);
      return this.#parts.studio.exportAdapter({ id: style.id, layout });
    });
  }

  /** Tells what a model with styles merged into its weights would take. */
  async measureMerge(choices: readonly ChosenStyle[]): Promise<MergeSizes> {
    return this.#parts.studio.measureMerge((await Promise.all(choices.map((choice) => this.wear(choice)))).flat());
  }

  /** Writes a whole model with styles merged into its weights, as a tar; undefined when it was stopped. */
  async merge(
    choices: readonly ChosenStyle[],
    { onProgress, ...wanted }: Omit<AdapterMerge, 'adapters'> & { readonly onProgress: (done: number, total: number) => void },
  ): Promise<Blob | undefined> {
    return this.#busy(async () => {
      const adapters = (await Promise.all(choices.map((choice) => this.wear(choice)))).flat();
      try {
        return await this.#parts.studio.mergeAdapters({ adapters, ...wanted }, onProgress);
      } catch (error) {
        if (error instanceof StudioError && error.code === 'cancelled') return undefined;
        throw error;
      }
    });
  }

  /** Ends the merge that goes on. */
  stopMerging(): Promise<void> {
    return this.#parts.studio.stopMerging();
  }

  /** Looks inside a style. */
  async lookInside(style: StyleRecord): Promise<AdapterInsight> {
    return this.#busy(async () => {
      await this.#load(style);
      return this.#parts.studio.lookInside(style.id);
    });
  }

  async #readSource(source: AdapterSource): Promise<{ readonly summary: AdapterSummary; readonly zip: Blob }> {
    const { studio } = this.#parts;
    const summary = await studio.loadAdapter(source);
    this.#loaded.set(summary.id, Promise.resolve(summary));
    return { summary, zip: source.kind === 'zip' ? source.file : await studio.exportAdapter({ id: summary.id, layout: 'hf5' }) };
  }

  /** Later than all that are here, so that the order of styles, and their numbers, hold over a reload. */
  #nextMs(): number {
    return Math.max(Date.now(), 1 + Math.max(0, ...this.all.map(({ addedAtMs }) => addedAtMs)));
  }

  #load(style: StyleFile): Promise<AdapterSummary> {
    const known = this.#loaded.get(style.id);
    if (known) return known;
    const loading = this.#parts.studio.loadAdapter({ kind: 'zip', name: `${style.name}.zip`, file: style.zip });
    this.#loaded.set(style.id, loading);
    loading.catch(() => this.#loaded.delete(style.id));
    return loading;
  }

  async #replace(style: StyleRecord): Promise<void> {
    await this.#parts.records.save(style.id, style);
    this.all = this.all.map((one) => (one.id === style.id ? style : one));
  }

  async #busy<T>(work: () => Promise<T>): Promise<T> {
    this.isBusy = true;
    try {
      return await work();
    } finally {
      this.isBusy = false;
    }
  }

  #freeName(name: string): string {
    const taken = new Set(this.all.map((style) => style.name));
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name} ${String(count)}`;
    return free;
  }
}
