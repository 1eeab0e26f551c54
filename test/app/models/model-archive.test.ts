/** @file Archives as folders of a model: whichever way they are packed, the model's own files come out and nothing else. */
import { describe, expect, it } from 'vitest';
import type { OutputFile } from '../../../src/core/archive/file-entry.ts';
import { writeTar } from '../../../src/core/archive/write-tar.ts';
import { writeZip } from '../../../src/core/archive/write-zip.ts';
import { isModelArchive, readModelArchive } from '../../../src/app/intake/model-archive.ts';

const writers = { tar: writeTar, zip: writeZip };

async function pack(ending: keyof typeof writers, texts: Readonly<Record<string, string>>): Promise<File> {
  const files = Object.entries(texts).map(
    ([path, text]): OutputFile => ({ path, kind: 'bytes', read: () => Promise.resolve(new TextEncoder().encode(text)) }),
  );
  const pieces: BlobPart[] = [];
  for await (const piece of writers[ending](files)) pieces.push(new Uint8Array(piece));
  return new File(pieces, `copy.${ending}`);
}

describe.each(['tar', 'zip'] as const)('a %s', (ending) => {
  it.each([
    ['at its top', { 'manifest.json': '{}', 'weights-000.bin': 'numbers', 'onnx/model.onnx': 'another form' }],
    ['in a folder', { 'copy/manifest.json': '{}', 'copy/weights-000.bin': 'numbers', 'copy/onnx/config.json': '{"deeper":1}' }],
  ])('gives the model that lies %s', async (_, texts) => {
    const { name, files } = await readModelArchive(await pack(ending, texts));
    expect(name).toBe(`copy.${ending}`);
    const read = await Promise.all(files.map(async ({ path, file }) => [path, await file.text()]));
    expect(Object.fromEntries(read)).toEqual({ 'manifest.json': '{}', 'weights-000.bin': 'numbers' });
  });

  it('without a model is refused by its name', async () => {
    await expect(readModelArchive(await pack(ending, { 'photo.jpg': 'a photo' }))).rejects.toThrow(
      `copy.${ending}: there is no manifest.json`,
    );
  });

  it('that is no archive is refused', async () => {
    await expect(readModelArchive(new File(['x'.repeat(1000)], `copy.${ending}`))).rejects.toMatchObject({ code: 'file-invalid' });
  });
});

it('is known by its ending', () => {
  expect(['a.zip', 'A.TAR', 'a.tar.gz', 'a.safetensors'].map((name) => isModelArchive({ name }))).toEqual([true, true, false, false]);
});
