/** @file The styles of this browser: a library that outlives the tab, and the one that is chosen. */

import type { AdapterChoice, AdapterSource, AdapterSummary } from '../../../../workers/adapters-api.ts';
import { StudioError } from '../../../core/error.ts';
import type { PeftLayout } from '../../../core/peft/layout.ts';
import type { AdapterInsight } from '../../../engine/adapter/insight.ts';
import type { WatchedRecords } from '../../../storage/watched-records.ts';
import type { Studio } from '../../studio.ts';
import type { History } from '../history.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Settings } from '../settings.svelte.ts';
import { EngineStyles } from './engine-styles.ts';
import { isUnread, readStyles } from './read-style-record.ts';
import { removeStyle } from './remove-style.ts';
import { sayKnownStyle, sayOddStyles } from './say-style.ts';
import { nameOfSource, zipOf } from './source-name.ts';
import { StyleLoans } from './style-loans.ts';
import { freeName, inOrder, joinStyles, nextMs, type ChosenStyle, type StyleFile, type StyleRecord } from './style-record.ts';
import { StyleMerging } from './style-merging.ts';
import { StyleWork, type GoingStyle } from './style-work.svelte.ts';

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
  /** What takes long: how far it is, and its end. */
  readonly work = new StyleWork();
  /** What work needs until it ends, also of styles that leave the library. */
  readonly loans = new StyleLoans((id) => this.letGo(id));
  readonly #parts: StylesParts;
  readonly #engine: EngineStyles;
  readonly merging: StyleMerging;

  constructor(parts: StylesParts) {
    this.#parts = parts;
    this.#engine = new EngineStyles(parts.studio, this.work);
    this.merging = new StyleMerging({ studio: parts.studio, take: (choice) => this.#take(choice), busy: (work) => this.#busy(work) });
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

  /** Brings the library back; the engine reads a style when it is first worn. What cannot be used is told, and stays as it is. */
  async load(): Promise<void> {
    const { records, notices } = this.#parts;
    const read = async (): Promise<void> => {
      const { styles, odd } = await readStyles(records);
      const before = this.all;
      this.all = joinStyles(before, styles);
      for (const { id } of before) this.letGo(id);
      if (odd.length > 0) notices.say(sayOddStyles(odd));
    };
    await read();
    records.watch(() => void read().catch((error: unknown) => notices.tell(error))); // another tab has a style more, or less
  }

  /** Compares every style with the model that is open now. */
  async compare(): Promise<void> {
    const unreadable = await this.#engine.readAll(this.all, (id) => this.#isHere(id));
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
   * @throws {StudioError} 'file-missing' when the style is not here any more, 'adapter-mismatch' when it was made for another model, 'cancelled'
   */
  async wear(style: ChosenStyle | null | undefined): Promise<readonly AdapterChoice[]> {
    return style === null || style === undefined ? [] : [await this.#take(style)];
  }

  /** Lets the engine read a style, also one that has left the library; who reads such a one borrows it. */
  async read(style: StyleFile): Promise<void> {
    await this.#engine.read(this.all.find(({ id }) => id === style.id) ?? style);
  }

  /** Frees the room of a style, unless it is in the library or borrowed. */
  letGo(id: string): void {
    if (this.#isHere(id) || this.loans.has(id)) return;
    this.#engine.drop(id).catch((error: unknown) => this.#parts.notices.tell(error));
  }

  /** Lays a style out on the open model before anybody asks for it. */
  async prepare(style: StyleRecord): Promise<void> {
    await this.#engine.read(style);
    await this.#parts.studio.prepareAdapter(style.id);
  }

  /** Takes a style in. @throws {StudioError} 'file-invalid', 'adapter-mismatch', 'network'; 'cancelled' where it was stopped, and nothing of it stays */
  async import(source: AdapterSource, work = this.work): Promise<StyleRecord> {
    return this.#busy(() => this.#bring(source, work));
  }

  /** Takes several styles in, in their order; they are read side by side, since each step waits for a word of the caption that is being written. */
  async importAll(sources: readonly AdapterSource[]): Promise<void> {
    await this.#busy(async () => {
      let turn: Promise<unknown> = Promise.resolve();
      const coming = sources.map((source) => {
        const one = this.#bring(source, this.work, turn);
        turn = Promise.allSettled([turn, one]);
        return one;
      });
      await turn; // of all: one that failed keeps none of the others out, and is told
      await Promise.all(coming);
    });
  }

  /** Reads a style from elsewhere, and takes it in when it is its turn. */
  #bring(source: AdapterSource, work: StyleWork, turn?: Promise<unknown>): Promise<StyleRecord> {
    return work.run(nameOfSource(source), async (going) => {
      const summary = await this.#engine.bring(source, going);
      await turn;
      return this.#add(summary, zipOf(source), going);
    });
  }

  /** Puts a style into the library that the engine has. An equal one is the same: it keeps its name and card, and a notice says so. */
  async #add(summary: AdapterSummary, brought: Blob | undefined, going: GoingStyle): Promise<StyleRecord> {
    const { id } = summary;
    const known = this.all.find((style) => style.id === id);
    const name = known?.name ?? freeName(summary.name, this.all);
    const card = known === undefined || isUnread(known) ? summary.card : known.summary.card;
    let record: StyleRecord;
    try {
      going.stop.throwIfAborted();
      // What goes out later has the name that is shown.
      const isAsBrought = known === undefined && name === summary.name && brought !== undefined;
      const named = isAsBrought ? { summary, zip: brought } : await this.#describe({ ...summary, name, card }, going);
      record = { id, name, addedAtMs: known?.addedAtMs ?? nextMs(this.all), ...named };
      going.stop.throwIfAborted();
      going.begin('keeping');
      await this.#parts.records.save(id, record);
    } catch (error) {
      // It may be large, and nobody can choose it; one that was here is called as before.
      if (known === undefined) this.letGo(id);
      else await this.#parts.studio.describeAdapter({ id, name, card });
      throw error;
    }
    if (known !== undefined) {
      const rename = (): Promise<void> => this.rename(record, summary.name);
      this.#parts.notices.say(
        sayKnownStyle(name, summary.name, () => void rename().catch((error: unknown) => this.#parts.notices.tell(error))),
      );
    }
    this.all = inOrder([...this.all.filter(({ id }) => id !== record.id), record]);
    return record;
  }

  /** Gives a style another name, in its card too. */
  async rename(style: StyleRecord, name: string): Promise<void> {
    const wanted = name.trim();
    if (wanted === '' || wanted === style.name) return;
    await this.#busy(async () => {
      const { card } = await this.#engine.read(style);
      const name = freeName(wanted, this.all);
      const summary = { ...style.summary, name, card: isUnread(style) ? card : style.summary.card };
      await this.work.run(style.name, async (going) => {
        try {
          await this.#replace({ ...style, name, ...(await this.#describe(summary, going)) });
        } catch (error) {
          await this.#parts.studio.describeAdapter({ ...summary, name: style.name }); // it goes out under the name that is shown
          throw error;
        }
      });
    });
  }

  /** Takes a style away, with a way back; the engine lets go of it at once, and reads it again if it comes back and is worn. */
  async remove(style: StyleRecord): Promise<void> {
    const { records, history, notices, settings } = this.#parts;
    const wasChosen = settings.now.styleId === style.id;
    await removeStyle({
      name: style.name,
      takeAway: async () => {
        if (wasChosen) this.choose(undefined);
        this.all = this.all.filter(({ id }) => id !== style.id);
        this.letGo(style.id);
        await records.remove([style.id]);
      },
      bringBack: async () => {
        if (this.#isHere(style.id)) return; // it was imported again, and what is newer stays
        await records.save(style.id, style);
        this.all = inOrder([...this.all.filter(({ id }) => id !== style.id), style]);
      },
      history,
      notices,
    });
  }

  /** Makes one style of several LoRAs, each with its strength. @throws {StudioError} 'argument-invalid' for other kinds, with the reason */
  async blend(choices: readonly ChosenStyle[], name: string): Promise<StyleRecord> {
    const { studio } = this.#parts;
    return this.#busy(async () => {
      const adapters = await Promise.all(choices.map((choice) => this.#take(choice)));
      return this.#addMade(await studio.blendAdapters({ adapters, name: freeName(name, this.all) }));
    });
  }

  /** Makes a copy whose full strength is the given one of the original. */
  async duplicate(style: StyleRecord, scale: number, wanted: string): Promise<StyleRecord> {
    const { studio } = this.#parts;
    return this.#busy(async () => {
      await this.#engine.read(style);
      return this.#addMade(await studio.duplicateAdapter({ id: style.id, name: freeName(wanted, this.all), scale }));
    });
  }

  /** Writes a style as a zip in the names of a layout. */
  async export(style: StyleRecord, layout: PeftLayout): Promise<Blob> {
    return this.#busy(async () => {
      await this.#engine.read(style);
      return this.work.run(style.name, (going) => this.#parts.studio.exportAdapter({ id: style.id, layout }, going));
    });
  }

  /** Looks inside a style. */
  async lookInside(style: StyleRecord): Promise<AdapterInsight> {
    return this.#busy(async () => {
      await this.#engine.read(style);
      return this.#parts.studio.lookInside(style.id);
    });
  }

  /** Lets the engine read what was chosen, and names it as the engine does. */
  async #take({ id, name, scale }: ChosenStyle): Promise<AdapterChoice> {
    const record = this.all.find((style) => style.id === id);
    if (record === undefined) throw new StudioError('file-missing', `${name}: this style is not here any more; choose another`);
    await this.#engine.read(record);
    return { id, scale };
  }

  /** Gives a style that the engine has its name and card, in its files too. */
  async #describe({ id, name, card }: AdapterSummary, going: GoingStyle): Promise<Pick<StyleRecord, 'summary' | 'zip'>> {
    const { studio } = this.#parts;
    const summary = await studio.describeAdapter({ id, name, card });
    return { summary, zip: await studio.exportAdapter({ id, layout: 'hf5' }, going) };
  }

  /** Puts a style into the library that the engine has just made. */
  async #addMade(summary: AdapterSummary): Promise<StyleRecord> {
    this.#engine.note(summary);
    return this.work.run(summary.name, (going) => this.#add(summary, undefined, going));
  }

  #isHere(id: string): boolean {
    return this.all.some((style) => style.id === id);
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
