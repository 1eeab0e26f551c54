/** @file The Evaluate room's state: what is compared, the run, and what it came to. */

import { version } from '../../../package.json';
import type { CaptionExplanation } from '../../../workers/scores-api.ts';
import { StudioError } from '../../core/error.ts';
import type { MetricChoice } from '../../core/metric/score.ts';
import type { RecordStore } from '../../storage/records.ts';
import { saveText } from '../intake/take-out.ts';
import type { Scores } from '../scores.ts';
import { exampleFiles } from './evaluation-example.ts';
import { noInputs, type CaptionSource, type EvaluationInputs, type EvaluationOutcome, type EvaluationRecord } from './evaluation-record.ts';
import { toFiles, type ExportKind } from './evaluation-table.ts';
import type { Notices } from './notices.svelte.ts';

/** What a file is taken for. */
export type FileRole = 'system' | 'references' | 'either';

/** A run on its way. */
export interface RunProgress {
  readonly stage: string;
  readonly share: number;
  /** undefined until it can be told. @unit ms */
  readonly leftMs: number | undefined;
}

/** What the room works with. */
export interface EvaluationParts {
  /** Starts the scoring thread; called when it is first needed. */
  readonly openScores: () => Scores;
  readonly records: RecordStore<EvaluationRecord>;
  readonly notices: Notices;
}

/** In domain and out of domain; more would not stand side by side. */
export const maxReferences = 2;

/** The room's state; it outlives the room's view, so that a run goes on meanwhile. */
export class Evaluation {
  inputs = $state.raw<EvaluationInputs>(noInputs);
  outcome = $state.raw<EvaluationOutcome | undefined>(undefined);
  progress = $state.raw<RunProgress | undefined>(undefined);
  isLoaded = $state(false);
  readonly #parts: EvaluationParts;
  #scores: Scores | undefined;
  #stop: AbortController | undefined;

  constructor(parts: EvaluationParts) {
    this.#parts = parts;
    void parts.records
      .loadAll()
      .then((records) => this.#restore(records))
      .catch((error: unknown) => parts.notices.tell(error))
      .finally(() => (this.isLoaded = true));
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
    return this.inputs.systems.length + this.inputs.references.length === 0 && this.outcome === undefined;
  }

  /** Adds files; one with several captions of a picture is taken for references unless the role says otherwise. */
  async addFiles(files: readonly File[], role: FileRole = 'either'): Promise<void> {
    for (const file of files) await this.addFile(file, role);
  }

  /** Adds one file with what is known of how its captions were made. */
  async addFile(file: File, role: FileRole, madeWith: readonly string[] = []): Promise<void> {
    try {
      const read = await this.#open().readFile({ name: file.name, file });
      if (read.kind === 'objects') {
        this.#change({ objects: { fileName: read.name, sha256: read.sha256, records: read.records } });
        return;
      }
      if (read.failedRows > 0) {
        this.#parts.notices.say({
          title: `${file.name}: ${String(read.failedRows)} rows without a caption`,
          text: 'They tell of an error and are left out.',
        });
      }
      const { sha256, records } = read;
      const isReferences = role === 'references' || (role === 'either' && records.some(({ captions }) => captions.length > 1));
      const name = this.#freeName(file.name.replace(/\.(?:jsonl?|csv|tsv|txt|token)$/iu, ''));
      this.#add({ id: crypto.randomUUID(), name, fileName: file.name, sha256, records, madeWith }, isReferences);
    } catch (error) {
      this.#parts.notices.tell(error);
    }
  }

  /** Sets up the worked example and runs it. */
  async tryExample(): Promise<void> {
    const { systems, references } = exampleFiles();
    this.#change({ ...noInputs, metrics: this.inputs.metrics });
    await this.addFiles(references, 'references');
    const madeWith = ['Written by hand for this example, by no model'];
    for (const file of systems) await this.addFile(file, 'system', madeWith);
    await this.run();
  }

  /** Gives a system or a set of references another name, in the numbers, too. */
  rename(id: string, name: string): void {
    if (name.trim() === '') return;
    this.#change(renamed(this.inputs, id, name.trim()));
    if (this.outcome !== undefined) this.#keepOutcome({ ...this.outcome, inputs: renamed(this.outcome.inputs, id, name.trim()) });
  }

  /** Takes a system, a set of references or the objects away. */
  remove(id: string): void {
    const { systems, references, objects, baselineId } = this.inputs;
    const left = systems.filter((source) => source.id !== id);
    this.#change({
      systems: left,
      references: references.filter((source) => source.id !== id),
      objects: id === 'objects' ? null : objects,
      baselineId: baselineId === id ? (left[0]?.id ?? null) : baselineId,
    });
  }

  /** Uses a system's file as references, or the other way round. */
  swapRole(id: string): void {
    const { systems, references } = this.inputs;
    const source = [...systems, ...references].find((one) => one.id === id);
    if (source === undefined) return;
    this.remove(id);
    this.#add(source, systems.includes(source));
  }

  /** Asks for a metric, or no longer. */
  toggle(choice: MetricChoice): void {
    const { metrics } = this.inputs;
    this.#change({ metrics: metrics.includes(choice) ? metrics.filter((one) => one !== choice) : [...metrics, choice] });
  }

  /** Compares with another system. */
  compareWith(baselineId: string): void {
    this.#change({ baselineId });
  }

  /** Empties the room, with a way back. */
  clear(): void {
    const { inputs, outcome } = this;
    this.stop();
    this.outcome = undefined;
    this.#change({ ...noInputs, metrics: inputs.metrics });
    void this.#parts.records.remove(['outcome']).catch((error: unknown) => this.#parts.notices.tell(error));
    const undo = (): void => {
      this.#change(inputs);
      if (outcome !== undefined) this.#keepOutcome(outcome);
    };
    this.#parts.notices.say({ title: 'The room is empty', acts: [{ label: 'Undo', run: undo }] });
  }

  /** Scores everything. */
  async run(): Promise<void> {
    if (!this.canRun) return;
    const { inputs } = this;
    const stop = new AbortController();
    const startMs = performance.now();
    this.#stop = stop;
    this.progress = { stage: 'references', share: 0, leftMs: undefined };
    try {
      const { systems, references, metrics, draws, seed, baselineId } = inputs;
      const request = { systems, references, metrics, draws, seed, baselineId, objects: inputs.objects?.records ?? null };
      const { sets, elapsedMs } = await this.#open().evaluate(request, stop.signal, ({ stage, share }) => {
        const elapsed = performance.now() - startMs;
        this.progress = { stage, share, leftMs: share > 0.02 && elapsed > 500 ? (elapsed * (1 - share)) / share : undefined };
      });
      this.#keepOutcome({ inputs, sets, elapsedMs, createdAt: new Date().toISOString(), version });
    } catch (error) {
      if (!(error instanceof StudioError && error.code === 'cancelled')) this.#parts.notices.tell(error);
    } finally {
      this.progress = undefined;
    }
  }

  /** Stops the run; earlier numbers stay. */
  stop(): void {
    this.#stop?.abort();
  }

  /** Tells why captions of one system score as they do on one set. */
  async explain(
    referencesId: string,
    captions: readonly { readonly file: string; readonly text: string }[],
  ): Promise<readonly CaptionExplanation[]> {
    const { outcome } = this;
    const set = outcome?.sets.find((one) => one.referencesId === referencesId);
    const references = outcome?.inputs.references.find(({ id }) => id === referencesId);
    if (outcome === undefined || set === undefined || references === undefined) return [];
    const { metrics, objects } = outcome.inputs;
    return this.#open().explain({
      setKey: `${referencesId} ${outcome.createdAt}`,
      files: set.files,
      references: references.records,
      objects: objects?.records ?? null,
      captions,
      metrics,
    });
  }

  /** Saves the numbers as files. */
  save(kind: ExportKind): void {
    if (this.outcome === undefined) return;
    for (const { name, text, type } of toFiles(this.outcome, kind)) saveText(name, text, type);
  }

  #add(source: CaptionSource, isReferences: boolean): void {
    const { systems, references, baselineId } = this.inputs;
    if (!isReferences) {
      this.#change({ systems: [...systems, source], baselineId: baselineId ?? source.id });
    } else if (references.length < maxReferences) {
      this.#change({ references: [...references, source] });
    } else {
      this.#parts.notices.say({ title: 'Two sets of references at most', text: 'Remove one first.' });
    }
  }

  #freeName(name: string): string {
    const taken = new Set([...this.inputs.systems, ...this.inputs.references].map((source) => source.name));
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name} ${String(count)}`;
    return free;
  }

  #change(change: Partial<EvaluationInputs>): void {
    this.inputs = { ...this.inputs, ...change };
    this.#save('inputs', { kind: 'inputs', inputs: this.inputs });
  }

  #keepOutcome(outcome: EvaluationOutcome): void {
    this.outcome = outcome;
    this.#save('outcome', { kind: 'outcome', outcome });
  }

  #save(id: string, record: EvaluationRecord): void {
    void this.#parts.records.save(id, record).catch((error: unknown) => this.#parts.notices.tell(error));
  }

  #restore(records: readonly EvaluationRecord[]): void {
    for (const record of records) {
      if (record.kind === 'inputs') this.inputs = record.inputs;
      else this.outcome = record.outcome;
    }
  }

  #open(): Scores {
    return (this.#scores ??= this.#parts.openScores());
  }
}

/** What the numbers depend on, as text to compare; names are left out. */
function conditionsOf({ systems, references, objects, metrics, baselineId, draws, seed }: EvaluationInputs): string {
  const ids = (sources: readonly CaptionSource[]): readonly string[] => sources.map(({ id }) => id);
  return JSON.stringify([ids(systems), ids(references), objects?.sha256 ?? '', metrics.toSorted(), baselineId, draws, seed]);
}

function renamed(inputs: EvaluationInputs, id: string, name: string): EvaluationInputs {
  const rename = (source: CaptionSource): CaptionSource => (source.id === id ? { ...source, name } : source);
  return { ...inputs, systems: inputs.systems.map(rename), references: inputs.references.map(rename) };
}
