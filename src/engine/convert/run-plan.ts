/** @file Carries a plan out, step by step, from wherever it was left. */

import type { GrowingFile, FileSink } from '../../core/codec/byte-sink.ts';
import { StudioError } from '../../core/error.ts';
import type { Shard } from '../../../models/bundle.ts';
import { hashSource } from '../bundle/verify.ts';
import { encodePart } from './encode-rows.ts';
import { planBytes, type PlannedShard, type Step, type TransferPlan } from './plan.ts';

/** How far a plan is: all that has to be kept to go on with it. */
export interface Journal {
  /** Steps whose bytes are written for good. */
  readonly steps: number;
  /** The hashes of the shards that are whole, in their order. */
  readonly hashes: readonly string[];
}

/** The journal of a plan that nothing was done of. */
export const emptyJournal: Journal = { steps: 0, hashes: [] };

/** What a run is told, and tells. */
export interface PlanEvents {
  /** Keeps the journal; the run goes on when it is kept. */
  readonly onJournal?: (journal: Journal) => Promise<void>;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Whether a shard that was finished on an earlier visit is still as it was then; one that is not is written again. */
  readonly isStillWhole?: (shard: Shard) => Promise<boolean>;
  /** Whether to stop as soon as what is being read is written, so that no byte is read in vain. */
  readonly isStopped?: () => boolean;
}

/** A shard that does not hash to what it should is fetched once more; then its source is wrong. */
const attemptsPerShard = 2;

/**
 * Carries out what is left of a plan and gives the finished shards.
 *
 * @throws {StudioError} 'cancelled' when it was stopped, 'integrity' naming a shard that came wrong twice; and what sources and sink refuse
 */
export async function runPlan(plan: TransferPlan, sink: FileSink, journal: Journal, events: PlanEvents = {}): Promise<readonly Shard[]> {
  const total = planBytes(plan).read;
  let now = journal;
  let done = plan.steps.slice(0, now.steps).reduce((sum, step) => sum + step.end - step.start, 0);
  const advance = async (change: Partial<Journal>, readBytes: number): Promise<void> => {
    now = { ...now, ...change };
    done += readBytes;
    await events.onJournal?.(now);
    events.onProgress?.(done, total);
  };
  const shards: Shard[] = [];
  for (const [index, shard] of plan.shards.entries()) {
    const known = now.hashes[index];
    if (known === undefined) {
      const sha256 = await writeShard(index, shard, { firstStep: now.steps, isCounted: true });
      await advance({ hashes: [...now.hashes, sha256] }, 0);
      shards.push({ path: shard.path, sizeBytes: shard.sizeBytes, sha256 });
    } else {
      const finished = { path: shard.path, sizeBytes: shard.sizeBytes, sha256: known };
      const isThere = (await events.isStillWhole?.(finished)) ?? true;
      if (!isThere) await writeShard(index, finished, { firstStep: 0, isCounted: false });
      shards.push(finished);
    }
  }
  return shards;

  /** Writes the steps of a shard from one of the plan on; what the journal counts already is not counted again. */
  async function writeShard(
    index: number,
    shard: PlannedShard,
    { firstStep, isCounted }: { readonly firstStep: number; readonly isCounted: boolean },
  ): Promise<string> {
    const first = plan.steps.findIndex((step) => step.shard === index);
    const steps = plan.steps.filter((step) => step.shard === index);
    const file = await sink.grow(shard.path, shard.sizeBytes);
    let isFinished = false;
    const bytesBefore = (step: number): number => steps.slice(0, step - first).reduce((sum, { start, end }) => sum + end - start, 0);
    let from = Math.max(first, firstStep);
    const startOver = async (): Promise<void> => {
      if (isCounted) await advance({ steps: first }, -bytesBefore(now.steps));
      from = first;
    };
    try {
      // Whoever deleted what was written before has it written again.
      if (file.isNew && from > first) await startOver();
      for (let attempt = 1; ; attempt++) {
        await writeSteps(file, steps.slice(from - first), events.isStopped, (step) =>
          isCounted ? advance({ steps: now.steps + 1 }, step.end - step.start) : Promise.resolve(),
        );
        const sha256 = await hashSource(await file.flush());
        if (shard.sha256 === null || shard.sha256 === sha256) {
          await file.finish();
          isFinished = true;
          return sha256;
        }
        if (attempt === attemptsPerShard) throw wrongShard(shard);
        await startOver();
      }
    } finally {
      if (!isFinished) await file.abandon();
    }
  }
}

/** While one step is encoded and written, the next one is on its way. */
async function writeSteps(
  file: GrowingFile,
  steps: readonly Step[],
  isStopped: PlanEvents['isStopped'],
  onWritten: (step: Step) => Promise<void>,
): Promise<void> {
  let coming = isStopped?.() === true ? null : startReading(steps[0]);
  for (const [i, step] of steps.entries()) {
    if (coming === null)
      throw new StudioError('cancelled', `${step.source.name}: stopped before byte ${String(step.start)}; go on when you like`);
    const bytes = await coming;
    coming = isStopped?.() === true ? null : startReading(steps[i + 1]);
    for (const part of step.parts) {
      const raw = part.start === step.start && part.end === step.end ? bytes : bytes.slice(part.start - step.start, part.end - step.start);
      for (const { at, bytes: encoded } of encodePart(part, raw)) await file.write(encoded, at);
    }
    await file.flush();
    await onWritten(step);
  }
}

function startReading(step: Step | undefined): Promise<Uint8Array<ArrayBuffer>> | null {
  if (!step) return null;
  const reading = step.source.slice(step.start, step.end);
  reading.catch(() => undefined); // told when its turn comes
  return reading;
}

function wrongShard({ path }: PlannedShard): StudioError {
  return new StudioError(
    'integrity',
    `${path}: its bytes are not those that the manifest names (sha256), the second time too; the bundle is damaged where it comes from`,
    { details: { file: path } },
  );
}
