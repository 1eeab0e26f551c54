/** @file A prompt that does not fit fails its own picture and no other. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodePicture } from '../../src/cli/decode-picture.ts';
import { openNodeModel } from '../../src/cli/open-model.ts';
import { captionPictures } from '../../src/engine/caption/captioner.ts';

it('fails only the picture whose prompt is too long for the model', async () => {
  const model = await openNodeModel(undefined);
  const file = join(import.meta.dirname, '../../public/samples/skimage_coffee.jpg');
  const load = async () => decodePicture('coffee', await readFile(file));
  const requests = [
    { id: 'long', system: '', prompt: 'word '.repeat(600), load },
    { id: 'short', system: '', prompt: 'Provide a one-sentence caption for the provided image.', load },
  ];
  const ended = new Map<string, string>();
  await captionPictures(
    model,
    requests,
    { decoding: model.defaults, batchSize: 2 },
    {
      onLooking: () => undefined,
      onText: () => undefined,
      onDone: (id, outcome) => ended.set(id, outcome.captions[0]?.text ?? ''),
      onFailed: (id, error) => ended.set(id, error.code),
      isCancelled: () => false,
    },
  );
  await model.close();
  expect(ended.get('long')).toBe('prompt-invalid');
  expect(ended.get('short')).toBe('A plate of food on a table with a table');
});
