/** @file Captions of validation pictures as a model would write them now, from features that are there already. */

import type { DecodingOptions } from '../../../core/decode/options.ts';
import { defaultDecoding } from '../../../core/decode/options.ts';
import { present } from '../../../core/error.ts';
import { float32 } from '../../../core/tensor/tensor.ts';
import { look, viewPicture } from '../../caption/look.ts';
import { promptParts, promptSequence, roomFor } from '../../caption/prompt-sequence.ts';
import { writeCaptions } from '../../caption/write-captions.ts';
import { makeWriter } from '../../caption/make-writer.ts';
import type { OpenModel } from '../../model.ts';
import type { DeviceTensor } from '../../runtime.ts';
import type { PromptTexts } from '../../text/template.ts';
import type { Features } from '../data/features.ts';
import type { TrainPicture } from '../request.ts';

/** What is captioned, and by what. */
export interface ValidationJob {
  /** With what was learned on it. */
  readonly model: OpenModel;
  readonly pictures: readonly TrainPicture[];
  /** Rows after the projector; null where the projector has learned and pictures are looked at again. */
  readonly features: Features | null;
  readonly prompt: PromptTexts;
  readonly maxNewTokens: number;
  readonly onProgress: (done: number) => void;
  readonly isCancelled: () => boolean;
}

/** Pictures side by side. */
const batchSize = 16;

/** Writes greedily one caption a picture; gives null when it was broken off. */
export async function writeValidationCaptions(job: ValidationJob): Promise<readonly string[] | null> {
  const texts: string[] = [];
  for (let first = 0; first < job.pictures.length; first += batchSize) {
    if (job.isCancelled()) return null;
    texts.push(...(await captionSome(job, first, Math.min(first + batchSize, job.pictures.length))));
    job.onProgress(texts.length);
  }
  return job.isCancelled() ? null : texts;
}

async function captionSome(job: ValidationJob, first: number, end: number): Promise<readonly string[]> {
  const { model, prompt, maxNewTokens } = job;
  const seen = await seenRows(job, first, end);
  const parts = promptParts(model, prompt);
  const members = seen.places.map((place) => {
    const sequence = promptSequence(parts, { ...place, softRow: seen.softRow, imageTokenId: model.model.imageTokenId });
    const room = roomFor(maxNewTokens, model.decoder.startLength + sequence.length, model.model.decoder.contextLength);
    const options: DecodingOptions = { ...defaultDecoding, maxNewTokens: room };
    const writer = makeWriter({
      options,
      promptIds: sequence.map(({ token }) => token),
      startIds: [],
      stopIds: model.stopIds,
      bannedSequences: [],
      forced: null,
      decode: (ids) => model.tokenizer.decode(ids),
    });
    return { sequence, writer };
  });
  try {
    await writeCaptions(model.decoder, members, seen.rows, {
      onText: () => undefined,
      onEnd: () => undefined,
      isCancelled: job.isCancelled,
    });
  } finally {
    seen.rows.dispose();
  }
  return members.map(({ writer }) => writer.finish()[0]?.text.trim() ?? '');
}

interface SeenRows {
  readonly rows: DeviceTensor;
  readonly places: readonly { readonly firstRow: number; readonly rowCount: number }[];
  readonly softRow: number;
}

async function seenRows({ model, pictures, features }: ValidationJob, first: number, end: number): Promise<SeenRows> {
  if (!features) {
    const views = await Promise.all(pictures.slice(first, end).map(async ({ load }) => viewPicture(model, await load())));
    return look(model, views);
  }
  const own: Float32Array[] = [];
  for (let i = first; i < end; i++) own.push(await features.valuesOf(i));
  let row = 0;
  const places = own.map(({ length }) => {
    const rowCount = length / features.width;
    row += rowCount;
    return { firstRow: row - rowCount, rowCount };
  });
  const all = new Float32Array(row * features.width);
  own.forEach((values, i) => all.set(values, present(places[i], 'no place').firstRow * features.width));
  const rows = model.runtime.upload(float32([1, row, features.width], all));
  return { rows: model.soft ? await model.soft.append(rows) : rows, places, softRow: row };
}
