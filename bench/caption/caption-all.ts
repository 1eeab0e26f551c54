/** @file Captions pictures in batches of one size with the prompt that llava-mini learned for one sentence, in whatever runs graphs. */
import type { Picture } from '../../src/core/image/picture.ts';
import { captionPictures, type CaptionOutcome } from '../../src/engine/caption/captioner.ts';
import type { OpenModel } from '../../src/engine/model.ts';

const prompt = 'Provide a one-sentence caption for the provided image.';

/** A picture of the measurement. */
export interface SamplePicture {
  readonly name: string;
  readonly load: () => Promise<Picture>;
}

/** Captions all; a picture that fails ends the measurement. */
export async function captionAll(
  model: OpenModel,
  pictures: readonly SamplePicture[],
  batchSize: number,
): Promise<readonly CaptionOutcome[]> {
  const outcomes: CaptionOutcome[] = []; // as the pictures stand: they end in another order
  const requests = pictures.map(({ load }, i) => ({ id: String(i), system: '', prompt, load }));
  await captionPictures(
    model,
    requests,
    { decoding: model.defaults, batchSize },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      onDone: (id, outcome) => {
        outcomes[Number(id)] = outcome;
      },
      onFailed: (_, error) => {
        throw error;
      },
      isCancelled: () => false,
    },
  );
  return outcomes;
}
