/** @file Training in the page: starts runs, hears of them, pauses, goes on after a reload or a lost GPU, and keeps what was learned. */

import type { RunEvent, TrainingRequest } from '../../../../workers/train-api.ts';
import { StudioError } from '../../../core/error.ts';
import type { TrainEnd, TrainEvent } from '../../../engine/train/events.ts';
import type { RecordStore } from '../../../storage/records.ts';
import type { Studio } from '../../studio.ts';
import type { Model } from '../models/model.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import { toPlainError } from '../plain-error.ts';
import type { Sharing } from '../queue/sharing.svelte.ts';
import type { StyleRecord } from '../styles/style-record.ts';
import { addEvent, isDamage, noProgress, unreadableOf, withoutUnreadable, type TrainRecord } from './train-record.ts';
import type { TrainItem } from './train-data.ts';
import { holdRun, runsAtWork } from './run-locks.ts';
import { openTrainPicture, openTrainSplit, readTrainStart, type TrainPlaces } from './train-inputs.ts';
import type { TrainSetup } from './train-setup.svelte.ts';

/** What the room stands on. */
export interface TrainingParts extends TrainPlaces {
  readonly studio: Studio;
  readonly model: Model;
  readonly records: RecordStore<TrainRecord>;
  readonly notices: Notices;
  readonly setup: TrainSetup;
  readonly sharing: Sharing;
  readonly onStyle: (style: StyleRecord) => void;
}

/** Where the run stands. */
export type TrainPhase = 'idle' | 'opening' | 'going' | 'pausing' | 'stopping' | 'paused' | 'keeping' | 'over' | 'failed';

/** How often a GPU may go away before the run stops. */
const mostLosses = 3;

/** One run at a time, and those that wait to be gone on with. */
export class Training {
  phase = $state<TrainPhase>('idle');
  run = $state.raw<TrainRecord | undefined>(undefined);
  /** Runs that a closed tab or a pause left; the newest first. */
  kept = $state.raw<readonly TrainRecord[]>([]);
  /** The last that was heard, for the line of progress. */
  last = $state.raw<TrainEvent | undefined>(undefined);
  lastStep = $state.raw<Extract<TrainEvent, { kind: 'step' }> | undefined>(undefined);
  readonly #parts: TrainingParts;

  constructor(parts: TrainingParts) {
    this.#parts = parts;
  }

  /** Whether the model is at it. */
  get isActive(): boolean {
    return ['opening', 'going', 'pausing', 'stopping', 'keeping'].includes(this.phase);
  }

  /** Brings back what was kept. */
  async load(): Promise<void> {
    const records = await this.#parts.records.loadAll();
    const others = await runsAtWork();
    this.kept = records.filter(({ id, end }) => end === null && !others.has(id)).toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** Starts a run of the form. */
  async start(): Promise<void> {
    const { setup, model } = this.#parts;
    const summary = await model.open();
    const { pictures, validation } = setup.split;
    const { start } = setup;
    await this.#go({
      id: crypto.randomUUID(),
      name: setup.name.trim() === '' ? 'My style' : setup.name.trim(),
      createdAtMs: Date.now(),
      modelName: summary.name,
      options: setup.effective,
      ...(start && { startsFrom: { id: start.id, name: start.name, zip: start.zip } }),
      pictures,
      validation,
      progress: noProgress,
      end: null,
      error: null,
      styleId: null,
    });
  }

  /** Goes on with a run that was paused, broken off, or left by a closed tab. */
  async goOn(record: TrainRecord): Promise<void> {
    await this.#go({ ...record, error: null });
  }

  /** Makes a run again from its first step, where what was kept of it is damaged. */
  async beginAgain(record: TrainRecord): Promise<void> {
    await this.#parts.studio.forgetTraining(record.id);
    await this.#go({ ...record, progress: noProgress, error: null, isDamaged: false });
  }

  /** Starts a run again without the pictures that could not be read; before its first step, since they are part of what it is. */
  async goOnWithoutUnreadable(record: TrainRecord): Promise<void> {
    await this.#go(withoutUnreadable(record));
  }

  /** Pauses within a step; the model is free then. */
  async pause(): Promise<void> {
    if (this.run === undefined || this.phase !== 'going') return;
    this.phase = 'pausing';
    await this.#parts.studio.wishTraining(this.run.id, 'pause');
  }

  /** Changes whether captions that are asked for meanwhile go first. */
  async putCaptionsFirst(isWanted: boolean): Promise<void> {
    this.#parts.sharing.captionsFirst = isWanted;
    if (this.run !== undefined && this.isActive) await this.#parts.studio.letOthersFirst(this.run.id, isWanted);
  }

  /** Stops within a step and keeps what was learned. */
  async stop(): Promise<void> {
    const { run } = this;
    if (run === undefined) return;
    if (this.phase === 'paused' || this.phase === 'failed')
      return this.#parts.styles.loans.during(run.startsFrom, () => this.#keep(run, 'stopped'));
    this.phase = 'stopping';
    await this.#parts.studio.wishTraining(run.id, 'stop');
  }

  /** Throws a run away that is not going. */
  async discard(record: TrainRecord): Promise<void> {
    await this.#parts.studio.forgetTraining(record.id);
    await this.#parts.records.remove([record.id]);
    this.kept = this.kept.filter(({ id }) => id !== record.id);
    if (this.run?.id === record.id) this.leave();
  }

  /** Goes back to the form; a run that is not over stays among the kept ones. */
  leave(): void {
    const { run } = this;
    if (this.isActive) return;
    if (run !== undefined && run.end === null) this.kept = [run, ...this.kept.filter(({ id }) => id !== run.id)];
    this.run = undefined;
    this.phase = 'idle';
    this.last = undefined;
    this.lastStep = undefined;
  }

  /** Opens a picture of a run. @throws {StudioError} 'permission' or 'file-missing' */
  openPicture(item: TrainItem): Promise<File> {
    return openTrainPicture(this.#parts, item);
  }

  /** Two tabs that went on with one run would write over each other's checkpoints. */
  async #go(record: TrainRecord): Promise<void> {
    const goBorrowing = (): Promise<void> => this.#parts.styles.loans.during(record.startsFrom, () => this.#goAlone(record));
    const isFree = await holdRun(record.id, goBorrowing);
    if (!isFree)
      this.#parts.notices.say({ title: 'Another tab is at this run', text: `Pause ${record.name} there first, then go on here.` });
  }

  async #goAlone(record: TrainRecord): Promise<void> {
    const { model, studio, sharing, records, notices } = this.#parts;
    this.run = record;
    this.phase = 'opening';
    sharing.training = 'learning';
    this.lastStep = undefined;
    this.kept = this.kept.filter(({ id }) => id !== record.id);
    try {
      await records.save(record.id, record);
      for (let losses = 0; ; losses++) {
        try {
          const request = await this.#requestOf(record);
          await model.open();
          const { end } = await studio.train({ ...request, yields: sharing.captionsFirst }, (event) => this.#hear(event));
          await this.#settle(end);
          return;
        } catch (error) {
          if (!(error instanceof StudioError && error.code === 'device-lost') || losses >= mostLosses) throw error;
          model.forget();
          notices.say({
            tone: 'attention',
            title: 'The GPU went away',
            text: 'The run goes on from its last checkpoint, less than a minute ago.',
          });
        }
      }
    } catch (error) {
      this.phase = 'failed';
      this.#change({ error: toPlainError(error), unreadable: unreadableOf(error), isDamaged: isDamage(error) });
      await this.#save();
    } finally {
      sharing.training = undefined;
    }
  }

  #hear(event: RunEvent): void {
    this.#parts.sharing.training = event.kind === 'resting' ? 'resting' : 'learning';
    if (event.kind === 'resting') {
      if (this.phase === 'opening') this.phase = 'going';
      return;
    }
    this.last = event;
    if (this.phase === 'opening') this.phase = 'going';
    if (event.kind === 'step') this.lastStep = event;
    this.#change({ progress: addEvent(this.#current().progress, event) });
    if (event.kind === 'checkpoint' || event.kind === 'validation') void this.#save();
  }

  async #settle(end: TrainEnd): Promise<void> {
    if (end === 'paused') {
      this.phase = 'paused';
      await this.#save();
      return;
    }
    await this.#keep(this.#current(), end);
  }

  /** Makes a style of what was learned. */
  async #keep(record: TrainRecord, end: Exclude<TrainEnd, 'paused'>): Promise<void> {
    const { studio, model, styles, onStyle } = this.#parts;
    this.phase = 'keeping';
    try {
      await model.open();
      const before = styles.all;
      const zip = await studio.keepTraining({ ...(await this.#requestOf(record)), name: record.name });
      const style = await styles.import({ kind: 'zip', name: `${record.name}.zip`, file: zip });
      this.#change({ end, styleId: style.id, error: null });
      this.phase = 'over';
      await this.#save();
      await studio.forgetTraining(record.id); // last: until the style is kept, the run is all there is
      if (!before.some(({ id }) => id === style.id)) onStyle(style); // of one that was known the library has told
    } catch (error) {
      this.phase = 'failed';
      this.#change({ error: toPlainError(error) });
      await this.#save();
    }
  }

  async #requestOf({ id, options, startsFrom, pictures, validation }: TrainRecord): Promise<TrainingRequest> {
    return {
      runId: id,
      options,
      startsFrom: await readTrainStart(this.#parts, startsFrom),
      ...(await openTrainSplit(this.#parts, { pictures, validation })),
    };
  }

  #current(): TrainRecord {
    if (this.run === undefined) throw new StudioError('internal', 'internal: no run of training');
    return this.run;
  }

  #change(changes: Partial<TrainRecord>): void {
    this.run = { ...this.#current(), ...changes };
  }

  async #save(): Promise<void> {
    const record = this.#current();
    await this.#parts.records.save(record.id, record).catch((error: unknown) => this.#parts.notices.tell(error));
  }
}
