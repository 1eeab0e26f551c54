/** @file Tells by hashes whether a run that was put down is the one that shall go on. */

import { adapterId } from '../../adapter/adapter-id.ts';
import { sha256 } from '../../bundle/verify.ts';
import type { RunIdentity } from './checkpoint.ts';
import type { TrainPicture, TrainRequest } from '../request.ts';

/** Hashes what a run's numbers depend on; how often checkpoints are put down is not among it. */
export async function identifyRun({ model, options, pictures, validation, startsFrom }: TrainRequest): Promise<RunIdentity> {
  const hash = (value: unknown): Promise<string> => sha256(new TextEncoder().encode(JSON.stringify(value)));
  const names = (list: readonly TrainPicture[]): readonly unknown[] => list.map(({ id, captions }) => [id, captions]);
  const { checkpointSeconds: _, ...lasting } = options;
  return {
    model: await hash([model.bundle.manifest.name, model.bundle.manifest.shards.map((shard) => shard.sha256)]),
    data: await hash([names(pictures), names(validation)]),
    options: await hash(lasting),
    start: startsFrom ? await adapterId(startsFrom) : null,
  };
}
