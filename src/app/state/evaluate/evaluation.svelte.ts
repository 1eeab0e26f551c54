/** @file The Evaluate room's state: what is compared, the captions that are still to be written, the run, and what it came to. */

import { version } from '../../../../package.json';
import type { CaptionExplanation } from '../../../../workers/scores-api.ts';
import type { MetricChoice } from '../../../core/metric/score.ts';
import { saveText } from '../../intake/take-out.ts';
import type { Scores } from '../../scores.ts';
import type { EvaluationCaptions } from './evaluation-captions.svelte.ts';
import { exampleFiles } from './evaluation-example.ts';
import { addReadFile, addSource, sortIncoming, type AddedFile, type AddOptions, type FileRole } from './evaluation-files.ts';
import { conditionsOf, distinctName, renamed, without } from './evaluation-inputs.ts';
import type { EvaluationParts, RunProgress } from './evaluation-parts.ts';
import type { EvaluationPictures } from './evaluation-pictures.svelte.ts';
import { toPlannedSystem } from './evaluation-plan.ts';
import { noInputs, type EvaluationInputs, type EvaluationOutcome, type SystemPlan } from './evaluation-record.ts';
import { compareWithRun } from './evaluation-repeat.ts';
import { toEvaluateRequest, toExplainRequest, toFrequencyRequests } from './evaluation-requests.ts';
import { nameOf, toFileName, toFiles, toTableRows, type ExportKind } from './evaluation-table.ts';
import type { JoinedInputs } from './evaluation-joining.ts';
import { EvaluationKeeping } from './evaluation-keeping.ts';
import { EvaluationReading } from './evaluation-reading.svelte.ts';
import { tellOfExplanation, tellOfOtherTab, tellOfRun } from './evaluation-troubles.ts';
import { offerWayBack } from './evaluation-way-back.ts';
import { EvaluationWriting, type InputsDoor } from './evaluation-writing.svelte.ts';
import { PictureChoice } from './picture-choice.svelte.ts';
import { sayCount, sayStart } from '../words.ts';
import type { IncomingPicture } from '../cards/library.svelte.ts';

export type { FileRole };

/** The room's state; it outlives the room's view, so that a run goes on meanwhile. */
export class Evaluation {
  inputs = $state.raw<EvaluationInputs>(noInputs);
  outcome = $state.raw<EvaluationOutcome | undefined>(undefined);
  isLoaded = $state(false);
  readonly pictures: EvaluationPictures;
  readonly captions: EvaluationCaptions;
  #scoring = $state.raw<RunProgress | undefined>(undefined);
  readonly reading: EvaluationReading;
  readonly writing: EvaluationWriting;
  /** Which pictures the list below the numbers shows. */
  readonly choice = new PictureChoice();
  readonly #door: InputsDoor & { readonly alsoBack: () => void } = {
    read: () => this.inputs,
    change: (inputs) => this.change(inputs),
    alsoBack: () => void this.writing.takeWritten(), // what was written since it was taken out
  };
  readonly #parts: EvaluationParts;
  readonly #keeping: EvaluationKeeping;
  #scores: Scores | undefined;
  readonly #loading: Promise<void>;
  #stop: AbortController | undefined;

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
    this.pictures = parts.pictures;
    this.captions = parts.captions;
    const onTrouble = (error: unknown): void => void parts.notices.tell(error);
    const onJoined = (joined: JoinedInputs): void => {
      this.inputs = joined.inputs;
      tellOfOtherTab(parts.notices, joined);
    };
    this.#keeping = new EvaluationKeeping({ records: parts.records, onTrouble, onJoined });
    this.reading = new EvaluationReading({ openScores: () => this.#open(), notices: parts.notices });
    this.writing = new EvaluationWriting(parts, this.#door);
    this.#loading = this.#load()
      .catch((error: unknown) => void parts.notices.tell(error))
      .finally(() => (this.isLoaded = true));
  }

  /** How far the run is; undefined while there is none. */
  get progress(): RunProgress | undefined {
    if (!this.writing.isActive) return this.#scoring;
    const { finished, total, timeLeftMs } = this.captions.queue;
    return { stage: 'captions-written', share: total === 0 ? 0 : finished / total, leftMs: timeLeftMs };
  }

  /** Whether there is something to run. */
  get canRun(): boolean {
    const { systems, references, metrics } = this.inputs;
    return systems.length > 0 && references.length > 0 && metrics.length > 0 && this.progress === undefined;
  }

  /** Whether the inputs were changed after the numbers were computed. */
  get isStale(): boolean {
    return this.outcome !== undefined && conditionsOf(this.outcome.inputs) !== conditionsOf(this.inputs);
  }

  /** Whether the room is as on a first visit. */
  get isEmpty(): boolean {
    return (
      this.inputs.systems.length + this.inputs.references.length === 0 && this.outcome === undefined && this.inputs.repetition === null
    );
  }

  /** How the repetition of a run came out; undefined where none is on, or its numbers are not here. */
  readonly repetitionOutcome = $derived.by(() => {
    const { repetition } = this.inputs;
    return repetition === null || this.outcome === undefined || this.isStale
      ? undefined
      : compareWithRun(repetition, toTableRows(this.outcome));
  });

  /** Adds files, to what was kept once that is read: captions and all that goes with them, pictures and archives of pictures. */
  async addFiles(files: readonly (File | IncomingPicture)[], role: FileRole = 'either'): Promise<void> {
    const { captions, pictures } = sortIncoming(files);
    await this.#addFiles(captions, { role, madeWith: [] });
    if (pictures.length > 0) await this.pictures.add(pictures).catch((error: unknown) => this.#parts.notices.tell(error));
  }

  /** Adds one file with what is known of how its captions were made. */
  addFile(file: File, options: AddOptions): Promise<void> {
    return this.#addFiles([file], options);
  }

  /** Adds systems that this room captions. */
  addPlans(plans: readonly { readonly plan: SystemPlan; readonly name: string }[]): void {
    for (const { plan, name } of plans) {
      this.#accept(addSource(this.inputs, toPlannedSystem(plan, distinctName(this.inputs, name)), false));
    }
  }

  /** Sets up the worked example and runs it. */
  async tryExample(): Promise<void> {
    const { systems, references } = exampleFiles();
    this.change({ ...noInputs, metrics: this.inputs.metrics });
    await this.addFiles(references, 'references');
    const madeWith = ['Written by hand for this example, by no model'];
    for (const file of systems) await this.addFile(file, { role: 'system', madeWith });
    await this.run();
  }

  /** Changes what is compared, and keeps it. */
  change(change: Partial<EvaluationInputs>): void {
    this.inputs = { ...this.inputs, ...change };
    this.#keeping.keepInputs(this.inputs);
  }

  /** Gives a system or a set of references another name, in the numbers, too; gives the name it has then. */
  rename(id: string, wanted: string): string {
    const others = without(this.inputs, id);
    const own = nameOf([...this.inputs.systems, ...this.inputs.references], id);
    const name = wanted.trim() === '' ? own : distinctName(others, wanted.trim());
    if (name === own) return own;
    this.change(renamed(this.inputs, id, name));
    if (this.outcome !== undefined) this.#keepOutcome({ ...this.outcome, inputs: renamed(this.outcome.inputs, id, name) });
    return name;
  }

  /** Takes a system, a set of references, the objects or the document frequencies away, with a way back. */
  remove(id: string): void {
    const full = this.inputs;
    this.change(without(full, id));
    this.captions.drop(id);
    const file = id === 'objects' ? full.objects : id === 'frequencies' ? full.frequencies : undefined;
    const name = file?.fileName ?? nameOf([...full.systems, ...full.references], id);
    offerWayBack(this.#parts.notices, `${name} removed`, { full, emptied: this.inputs }, this.#door);
  }

  /** Uses a system's file as references, or the other way round. */
  swapRole(id: string): void {
    const { systems, references } = this.inputs;
    const source = [...systems, ...references].find((one) => one.id === id);
    if (source === undefined) return;
    const { inputs, notice } = addSource(without(this.inputs, id), source, systems.includes(source));
    if (notice === undefined) this.change(inputs);
    else this.#parts.notices.say(notice); // it stays what it was
  }

  /** Takes away the pictures that were added in this room, with a way back. @throws {StudioError} as the drawer does */
  async removePictures(): Promise<void> {
    const { count, added } = this.pictures;
    const back = await this.pictures.clear();
    const undo = (): void => void back().catch((error: unknown) => this.#parts.notices.tell(error));
    const text = sayStart(added.map(({ name }) => name).join(', '));
    const offers = added.map(({ id }) => id).join(' ');
    this.#parts.notices.say({ title: `${sayCount(count, 'picture')} removed`, text, offers, acts: [{ label: 'Undo', run: undo }] });
  }

  /** Asks for a metric, or no longer. */
  toggle(choice: MetricChoice): void {
    const { metrics } = this.inputs;
    this.change({ metrics: metrics.includes(choice) ? metrics.filter((one) => one !== choice) : [...metrics, choice] });
  }

  /** Empties the room and ends what is under way, with a way back; pictures and written captions stay until the page is loaded anew. */
  clear(): void {
    const { inputs: full, outcome } = this;
    this.stop();
    this.reading.stop();
    this.change({ ...noInputs, metrics: full.metrics });
    this.outcome = undefined;
    this.#keeping.dropOutcome();
    const alsoBack = (): void => {
      if (outcome !== undefined && this.outcome === undefined) this.#keepOutcome(outcome);
      this.#door.alsoBack();
    };
    offerWayBack(this.#parts.notices, 'The room is empty', { full, emptied: this.inputs }, { ...this.#door, alsoBack });
  }

  /** Has captions written that are missing, then scores everything. @param writes false to score what is there */
  async run({ writes = true } = {}): Promise<void> {
    if (!this.canRun) return;
    // More than once where a system came back whose captions had left the queue.
    while (writes && this.writing.wantedCount > 0) if (!(await this.writing.write())) return;
    const { inputs } = this;
    if (inputs.systems.length === 0 || inputs.references.length === 0) return; // they went while captions were written
    const stop = new AbortController();
    let startMs = performance.now();
    this.#stop = stop;
    this.#scoring = { stage: 'references', share: 0, leftMs: undefined };
    try {
      const { sets, elapsedMs } = await this.#open().evaluate(toEvaluateRequest(inputs), stop.signal, ({ stage, share, bytes }) => {
        // Fetching and scoring have clocks of their own.
        if (bytes === undefined && this.#scoring?.bytes !== undefined) startMs = performance.now();
        const elapsed = performance.now() - startMs;
        this.#scoring = { stage, share, bytes, leftMs: share > 0.02 && elapsed > 500 ? (elapsed * (1 - share)) / share : undefined };
      });
      if (stop.signal.aborted) return; // as the last message came
      this.choice.reset();
      const outcome = { inputs, sets, elapsedMs, createdAt: new Date().toISOString(), version };
      this.#keepOutcome(outcome);
      this.#parts.onScored?.(outcome);
    } catch (error) {
      tellOfRun(this.#parts.notices, error);
    } finally {
      this.#scoring = undefined;
    }
  }

  /** Stops the run; earlier numbers and captions that were written stay. */
  stop(): void {
    this.captions.queue.stop();
    this.#stop?.abort();
  }

  /** Tries the pictures again that failed for a system. */
  async retry(systemId: string): Promise<void> {
    await this.captions.forgetFailures(systemId);
    await this.run();
  }

  /** Tells why captions of one system score as they do on one set. */
  async explain(
    referencesId: string,
    captions: readonly { readonly file: string; readonly text: string }[],
  ): Promise<readonly CaptionExplanation[]> {
    const request = this.outcome && toExplainRequest(this.outcome, referencesId, captions);
    if (request === undefined) return [];
    try {
      return await this.#open().explain(request);
    } catch (error) {
      tellOfExplanation(this.#parts.notices, error);
      return [];
    }
  }

  /** Saves the numbers as files. */
  async save(kind: ExportKind): Promise<void> {
    const { outcome } = this;
    if (outcome === undefined) return;
    if (kind !== 'frequencies') {
      for (const { name, text, type } of toFiles(outcome, kind)) saveText(name, text, type);
      return;
    }
    for (const [name, request] of toFrequencyRequests(outcome)) {
      const table = await this.#open().countFrequencies(request);
      saveText(`${toFileName(name)}-df.json`, `${JSON.stringify(table)}\n`, 'application/json');
    }
  }

  async #addFiles(files: readonly File[], options: AddOptions): Promise<void> {
    await this.#loading; // what was kept must not come over it
    // Only when it is read: another file may have come in meanwhile.
    return this.reading.read(files, (read) => {
      const full = this.inputs;
      this.#accept(addReadFile(full, read, options));
      const now = new Set([...this.inputs.systems, ...this.inputs.references].map(({ id }) => id));
      if (read.kind === 'run' && [...full.systems, ...full.references].some(({ id }) => !now.has(id)))
        offerWayBack(this.#parts.notices, `${read.name} set the room up anew`, { full, emptied: this.inputs }, this.#door);
    });
  }

  #accept({ inputs, notice }: AddedFile): void {
    this.change(inputs);
    if (notice !== undefined) this.#parts.notices.say(notice);
  }

  #keepOutcome(outcome: EvaluationOutcome): void {
    this.outcome = outcome;
    this.#keeping.keepOutcome(outcome);
  }

  async #load(): Promise<void> {
    const { inputs, outcome } = await this.#keeping.load();
    if (inputs !== undefined) this.inputs = inputs;
    if (outcome !== undefined) this.outcome = outcome;
    await this.pictures.load();
    const kept = new Set([...this.inputs.systems, ...(this.outcome?.inputs.systems ?? [])].map(({ id }) => id));
    await this.captions.load((systemId) => kept.has(systemId));
    await this.writing.takeWritten();
  }

  #open(): Scores {
    return (this.#scores ??= this.#parts.openScores());
  }
}
