/** @file The styles of this browser: a library that outlives the tab, and the one that is chosen. */

import type { AdapterChoice, AdapterMerge, AdapterSource, AdapterSummary, MergeSizes } from '../../../../workers/adapters-api.ts';
import type { AdapterCard } from '../../../core/adapter/learned.ts';
import { StudioError } from '../../../core/error.ts';
import type { PeftLayout } from '../../../core/peft/layout.ts';
import type { AdapterInsight } from '../../../engine/adapter/insight.ts';
import type { WatchedRecords } from '../../../storage/watched-records.ts';
import type { Studio } from '../../studio.ts';
import type { History } from '../history.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Settings } from '../settings.svelte.ts';
import { sayKnownStyle } from './say-style.ts';
import { freeName, joinStyles, type ChosenStyle, type StyleFile, type StyleRecord } from './style-record.ts';

/** What the library stands on. */
export interface StylesParts {
  readonly studio: Studio;
  readonly records: WatchedRecords<StyleRecord>;
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
    const { records, notices } = this.#parts;
    const read = async (): Promise<void> => void (this.all = joinStyles(this.all, await records.loadAll()));
    await read();
    records.watch(() => void read().catch((error: unknown) => notices.tell(error))); // another tab has a style more, or less
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
    return this.#busy(async () => this.#add(...(await this.#readSource(source))));
  }

  /** Takes several styles in, in their order; they are read side by side, since each step waits for a word of the caption that is being written. */
  async importAll(sources: readonly AdapterSource[]): Promise<void> {
    await this.#busy(async () => {
      for (const read of await Promise.all(sources.map((source) => this.#readSource(source)))) await this.#add(...read);
    });
  }

  /** Puts a style into the library. An equal one is the same: it keeps its name and card, and a notice says so. */
  async #add(summary: AdapterSummary, zip: Blob): Promise<StyleRecord> {
    const { id, name: brought } = summary;
    const known = this.all.find((style) => style.id === id);
    const name = known?.name ?? freeName(brought, this.all);
    // What goes out later has the name that is shown.
    const isAsBrought = known === undefined && name === brought;
    const named = isAsBrought ? { summary, zip } : await this.#describe(id, name, known?.summary.card ?? summary.card);
    const record: StyleRecord = { id, name, addedAtMs: known?.addedAtMs ?? this.#nextMs(), ...named };
    try {
      await this.#parts.records.save(id, record);
    } catch (error) {
      if (known === undefined) await this.#unload(id); // it may be large, and nobody can choose it
      throw error;
    }
    if (known !== undefined) {
      const rename = (): Promise<void> => this.rename(record, brought);
      this.#parts.notices.say(sayKnownStyle(name, brought, () => void rename().catch((error: unknown) => this.#parts.notices.tell(error))));
    }
    this.all = [...this.all.filter(({ id }) => id !== record.id), record].toSorted((a, b) => a.addedAtMs - b.addedAtMs);
    return record;
  }

  /** Gives a style another name, in its card too. */
  async rename(style: StyleRecord, name: string): Promise<void> {
    const wanted = name.trim();
    if (wanted === '' || wanted === style.name) return;
    await this.#busy(async () => {
      await this.#load(style);
      const name = freeName(wanted, this.all);
      await this.#replace({ ...style, name, ...(await this.#describe(style.id, name, style.summary.card)) });
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
      return this.#addMade(await studio.blendAdapters({ adapters, name: freeName(name, this.all) }));
    });
  }

  /** Makes a copy whose full strength is the given one of the original. */
  async duplicate(style: StyleRecord, scale: number, wanted: string): Promise<StyleRecord> {
    const { studio } = this.#parts;
    return this.#busy(async () => {
      await this.#load(style);
      return this.#addMade(await studio.duplicateAdapter({ id: style.id, name: freeName(wanted, this.all), scale }));
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

  async #readSource(source: AdapterSource): Promise<readonly [AdapterSummary, Blob]> {
    const { studio } = this.#parts;
    const summary = await studio.loadAdapter(source);
    this.#loaded.set(summary.id, Promise.resolve(summary));
    return [summary, source.kind === 'zip' ? source.file : await studio.exportAdapter({ id: summary.id, layout: 'hf5' })];
  }

  /** Gives a style that the engine has another name and card, in its files too. */
  async #describe(id: string, name: string, card: AdapterCard): Promise<Pick<StyleRecord, 'summary' | 'zip'>> {
    const { studio } = this.#parts;
    const summary = await studio.describeAdapter({ id, name, card });
    return { summary, zip: await studio.exportAdapter({ id, layout: 'hf5' }) };
  }

  /** Puts a style into the library that the engine has just made. */
  async #addMade(summary: AdapterSummary): Promise<StyleRecord> {
    this.#loaded.set(summary.id, Promise.resolve(summary));
    return this.#add(summary, await this.#parts.studio.exportAdapter({ id: summary.id, layout: 'hf5' }));
  }

  async #unload(id: string): Promise<void> {
    this.#loaded.delete(id);
    await this.#parts.studio.unloadAdapter(id);
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
}
