/** @file Keeps what is compared and its numbers: captions by themselves, once, so that a change of anything else writes little. */

import type { CaptionRecord } from '../../../core/dataset/caption-record.ts';
import { StudioError } from '../../../core/error.ts';
import type { RecordStore } from '../../../storage/records.ts';
import { holdUnwritten } from '../../../storage/unwritten.ts';
import { joinInputs, type JoinedInputs } from './evaluation-joining.ts';
import { noInputs, type CaptionSource, type EvaluationInputs, type EvaluationOutcome, type EvaluationRecord } from './evaluation-record.ts';

/** What the keeping works with. */
export interface KeepingParts {
  readonly records: RecordStore<EvaluationRecord>;
  readonly onTrouble: (error: unknown) => void;
  /** Hears that another tab came first, and what is compared now. */
  readonly onJoined: (joined: JoinedInputs) => void;
}

/** What was kept. */
export interface KeptEvaluation {
  readonly inputs: EvaluationInputs | undefined;
  readonly outcome: EvaluationOutcome | undefined;
}

/** Captions that nothing names are let go of after so long: another tab may be about to name them. @unit ms */
const strayMs = 24 * 3_600_000;

/** The drawer of the Evaluate room. */
export class EvaluationKeeping {
  readonly #parts: KeepingParts;
  /** What lies in the drawer as far as this tab knows. */
  #before: EvaluationInputs = noInputs;
  #stamp: string | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #wanted: EvaluationInputs | undefined;

  constructor(parts: KeepingParts) {
    this.#parts = parts;
  }

  /** Brings back what was kept; sources whose captions are gone are told and left out. */
  load(): Promise<KeptEvaluation> {
    const loading = this.#load();
    this.#last = loading.catch(() => undefined); // whoever loads hears of it; what is written waits
    return loading;
  }

  async #load(): Promise<KeptEvaluation> {
    const all = await this.#parts.records.loadAll();
    const captions = new Map(all.flatMap((record) => (record.kind === 'captions' ? [[record.key, record.records] as const] : [])));
    const kept = all.find((record) => record.kind === 'inputs');
    const scored = all.find((record) => record.kind === 'outcome');
    // What a newer version added has its first value.
    const inputs = kept && this.#filled({ ...noInputs, ...kept.inputs }, captions);
    const outcome = scored && {
      ...scored.outcome,
      inputs: this.#filled({ ...noInputs, ...scored.outcome.inputs }, captions),
    };
    this.#stamp = kept?.stamp;
    if (inputs !== undefined) this.#before = inputs;
    const named = new Set([inputs, outcome?.inputs].flatMap((one) => (one === undefined ? [] : sourcesOf(one).map(keyOf))));
    const stray = all.filter((one) => one.kind === 'captions' && !named.has(one.key) && Date.now() - one.savedAtMs > strayMs);
    await this.#parts.records.remove(stray.flatMap((one) => (one.kind === 'captions' ? [one.key] : [])));
    return { inputs, outcome };
  }

  /** Keeps what is compared; of several changes in a row the last one is written. */
  keepInputs(inputs: EvaluationInputs): void {
    const isPlanned = this.#wanted !== undefined;
    this.#wanted = inputs;
    if (!isPlanned) this.#write(() => this.#writeInputs());
  }

  /** Keeps numbers with what they were computed from. */
  keepOutcome(outcome: EvaluationOutcome): void {
    this.#write(async () => {
      await this.#keepCaptions(outcome.inputs);
      await this.#parts.records.save('outcome', { kind: 'outcome', outcome: { ...outcome, inputs: leanOf(outcome.inputs) } });
    });
  }

  /** Forgets the numbers. */
  dropOutcome(): void {
    this.#write(() => this.#parts.records.remove(['outcome']));
  }

  async #writeInputs(): Promise<void> {
    const mine = this.#takeWanted();
    if (mine === undefined) return;
    await this.#keepCaptions(mine);
    const stamp = crypto.randomUUID();
    const met: JoinedInputs[] = [];
    await this.#parts.records.update('inputs', (there) => {
      met.length = 0;
      const isOthers = there?.kind === 'inputs' && there.stamp !== this.#stamp;
      if (isOthers) met.push(joinInputs({ before: this.#before, mine, theirs: { ...noInputs, ...there.inputs } }));
      return { kind: 'inputs', inputs: leanOf(met[0]?.inputs ?? mine), stamp };
    });
    this.#stamp = stamp;
    this.#before = mine;
    const [joined] = met;
    if (joined === undefined) return;
    const captions = await this.#readCaptions(joined.added);
    const inputs = this.#filled(joined.inputs, captions);
    this.#before = inputs;
    // What was changed here meanwhile is written next.
    const later = this.#wanted;
    const now = later === undefined ? inputs : joinInputs({ before: mine, mine: later, theirs: inputs }).inputs;
    if (later !== undefined) this.#wanted = now;
    this.#parts.onJoined({ ...joined, inputs: now });
  }

  #takeWanted(): EvaluationInputs | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }

  async #readCaptions(sources: readonly CaptionSource[]): Promise<ReadonlyMap<string, readonly CaptionRecord[]>> {
    const captions = new Map<string, readonly CaptionRecord[]>();
    for (const key of sources.map(keyOf)) {
      const record = await this.#parts.records.load(key);
      if (record?.kind === 'captions') captions.set(key, record.records);
    }
    return captions;
  }

  async #keepCaptions(inputs: EvaluationInputs): Promise<void> {
    const kept = new Set(await this.#parts.records.ids());
    const fresh = sourcesOf(inputs).filter(
      (source) => (source.plan === undefined || source.records.length > 0) && !kept.has(keyOf(source)),
    );
    if (fresh.length === 0) return;
    const savedAtMs = Date.now();
    await this.#parts.records.saveMany(
      fresh.map((source) => [keyOf(source), { kind: 'captions', key: keyOf(source), records: source.records, savedAtMs }]),
    );
  }

  /** Gives sources their captions back; those of earlier versions have them. */
  #filled(inputs: EvaluationInputs, captions: ReadonlyMap<string, readonly CaptionRecord[]>): EvaluationInputs {
    const fill = (source: CaptionSource): readonly CaptionSource[] => {
      if (source.records.length > 0) return [source];
      const records = captions.get(keyOf(source));
      if (records !== undefined || source.plan !== undefined) return [{ ...source, records: records ?? [] }];
      const reason = `${source.fileName}: its captions are not kept any more; add the file again`;
      this.#parts.onTrouble(new StudioError('file-missing', reason));
      return [];
    };
    return { ...inputs, systems: inputs.systems.flatMap(fill), references: inputs.references.flatMap(fill) };
  }

  #write(work: () => Promise<void>): void {
    const release = holdUnwritten();
    this.#last = this.#last.then(work).catch(this.#parts.onTrouble).finally(release);
  }
}

function sourcesOf({ systems, references }: EvaluationInputs): readonly CaptionSource[] {
  return [...systems, ...references];
}

/** Other captions, another key: a planned system is given more and more of them. */
function keyOf({ id, sha256 }: CaptionSource): string {
  return `captions ${id} ${sha256}`;
}

function leanOf(inputs: EvaluationInputs): EvaluationInputs {
  const lean = (source: CaptionSource): CaptionSource => ({ ...source, records: [] });
  return { ...inputs, systems: inputs.systems.map(lean), references: inputs.references.map(lean) };
}
