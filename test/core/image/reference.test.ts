import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/core/codec/byte-source.ts';
import { parseJsonObject } from '../../../src/core/codec/json.ts';
import { readSafetensorsHeader, readTensor } from '../../../src/core/codec/safetensors.ts';
import { countAnyresTokens, layOutAnyres } from '../../../src/core/image/anyres.ts';
import { readImageProcessor } from '../../../src/core/image/processor-config.ts';
import type { ImageProcessor } from '../../../src/core/image/processor.ts';
import { processPicture } from '../../../src/core/image/processor.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../../src/core/tensor/float16.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { decodePhoto } from '../../helpers/decode-photo.ts';

const reference = process.env['REFERENCE_DIR'] ?? join(import.meta.dirname, '../../fixtures/reference');
const images = join(reference, 'images');

interface Expected {
  readonly photos: Readonly<Record<string, { readonly file: string }>>;
  readonly processors: Readonly<Record<string, Record<string, unknown>>>;
  readonly results: Readonly<
    Record<
      string,
      { readonly pixel_values: readonly number[]; readonly tiles_kept: readonly number[]; readonly row_index?: readonly number[] }
    >
  >;
}

interface TokenRow {
  readonly height: number;
  readonly width: number;
  readonly next_best: readonly [number, number];
  readonly next_tiles: number;
  readonly next_tokens: number;
  readonly onevision_best: readonly [number, number];
  readonly onevision_tiles: number;
  readonly onevision_tokens: number;
}

const expected = JSON.parse(readFileSync(join(images, 'images.json'), 'utf8')) as Expected;

async function storedTensors(path: string): Promise<Map<string, Tensor>> {
  const source = memorySource(path, readFileSync(path));
  const { tensors } = await readSafetensorsHeader(source);
  return new Map(await Promise.all([...tensors].map(async ([name, info]) => [name, await readTensor(source, info)] as const)));
}

/** Undoes normalising, which must land on whole levels. */
function levelsOf({ data, shape }: Tensor<'float32'>, { mean, std, rescaleFactor }: ImageProcessor): Uint8Array {
  const plane = (shape[2] ?? 0) * (shape[3] ?? 0);
  return Uint8Array.from(data, (value, i) => {
    const channel = Math.floor(i / plane) % 3;
    return Math.round((value * (std[channel] ?? 1) + (mean[channel] ?? 0)) / rescaleFactor);
  });
}

function photoOf(key: string): { processor: string; file: string } {
  const at = key.lastIndexOf('.');
  return { processor: key.slice(0, at), file: join(images, expected.photos[key.slice(at + 1)]?.file ?? '') };
}

const full = Object.keys(expected.results).filter((key) => photoOf(key).processor in expected.processors);
const tiny = Object.keys(expected.results).filter((key) =>
  existsSync(join(reference, photoOf(key).processor, 'checkpoint/preprocessor_config.json')),
);

describe('processPicture', () => {
  it.each(full)('gives every level of %s as transformers and Pillow do', async (key) => {
    const stored = await storedTensors(join(images, 'images.safetensors'));
    const { processor: name, file } = photoOf(key);
    const result = expected.results[key] ?? expect.fail(key);
    const processor = readImageProcessor(expected.processors[name] ?? {});
    const values = processPicture(await decodePhoto(file), processor);
    expect(values.shape).toEqual(result.pixel_values);

    const levels = levelsOf(values, processor);
    const [, , height = 0, width = 0] = values.shape;
    const sums = Int32Array.from({ length: levels.length / width }, (_, row) =>
      levels.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0),
    );
    expect(sums).toEqual(stored.get(`${key}.row_sums`)?.data);
    const rows = result.tiles_kept.flatMap((tile) =>
      [0, 1, 2].flatMap((channel) =>
        (result.row_index ?? []).flatMap((row) =>
          Array.from(levels.subarray(((tile * 3 + channel) * height + row) * width).subarray(0, width)),
        ),
      ),
    );
    expect(Uint8Array.from(rows)).toEqual(stored.get(`${key}.rows`)?.data);
  });

  it.each(tiny)('gives the values of %s to the last bit of half precision', async (key) => {
    const stored = await storedTensors(join(images, 'images.safetensors'));
    const { processor: name, file } = photoOf(key);
    const result = expected.results[key] ?? expect.fail(key);
    const config = readFileSync(join(reference, name, 'checkpoint/preprocessor_config.json'));
    const values = processPicture(await decodePhoto(file), readImageProcessor(parseJsonObject('preprocessor_config.json', config)));
    expect(values.shape).toEqual(result.pixel_values);
    const tileSize = values.data.length / (values.shape[0] ?? 1);
    const kept = Float32Array.from(
      result.tiles_kept.flatMap((tile) => Array.from(values.data.subarray(tile * tileSize, (tile + 1) * tileSize))),
    );
    const halves = stored.get(`${key}.pixel_values`)?.data as Uint16Array;
    expect(float16ToFloat32(float32ToFloat16(kept))).toEqual(float16ToFloat32(halves));
  });
});

describe('layOutAnyres', () => {
  const { rows } = JSON.parse(readFileSync(join(images, 'image-tokens.json'), 'utf8')) as { rows: readonly TokenRow[] };
  const pinpointsOf = (name: string): ImageProcessor['tiling'] => readImageProcessor(expected.processors[name] ?? {}).tiling;

  it('chooses the grid and counts the tokens of LLaVA-NeXT as transformers does', () => {
    const tiling = pinpointsOf('next-336') ?? expect.fail('no tiles');
    for (const row of rows) {
      const layout = layOutAnyres(row, { ...tiling, patchesPerSide: 24, maxTiles: null });
      const tiles = layout.tiles.height * layout.tiles.width + 1;
      expect({ best: [layout.best.height, layout.best.width], tiles, tokens: layout.tokens, row }).toEqual({
        best: row.next_best,
        tiles: row.next_tiles,
        tokens: row.next_tokens,
        row,
      });
    }
  });

  it('tells a range that holds all pictures of usual shapes, and both of whose ends are some picture’s', () => {
    for (const [name, rest, count] of [
      ['next-336', { patchesPerSide: 24, maxTiles: null }, (row: TokenRow) => row.next_tokens],
      ['onevision-384', { patchesPerSide: 27, maxTiles: 9 }, (row: TokenRow) => row.onevision_tokens],
    ] as const) {
      const { least, most } = countAnyresTokens({ ...(pinpointsOf(name) ?? expect.fail('no tiles')), ...rest });
      const usual = rows.filter(({ height, width }) => Math.max(height / width, width / height) <= 3).map(count);
      expect(usual.length).toBeGreaterThan(5);
      expect(least).toBeLessThanOrEqual(Math.min(...usual));
      expect(most).toBeGreaterThanOrEqual(Math.max(...usual));
      expect([least >= rest.patchesPerSide ** 2, most < 2 * Math.max(...usual)]).toEqual([true, true]);
    }
  });

  it('chooses the grid and counts the tokens of OneVision as transformers does', () => {
    const tiling = pinpointsOf('onevision-384') ?? expect.fail('no tiles');
    for (const row of rows) {
      const layout = layOutAnyres(row, { ...tiling, patchesPerSide: 27, maxTiles: 9 });
      const tiles = layout.tiles.height * layout.tiles.width + 1;
      expect({ best: [layout.best.height, layout.best.width], tiles, tokens: layout.tokens, row }).toEqual({
        best: row.onevision_best,
        tiles: row.onevision_tiles,
        tokens: row.onevision_tokens,
        row,
      });
    }
  });
});

const mini = join(import.meta.dirname, '../../../../shared/checkpoints/llava-mini');

describe.runIf(existsSync(mini))('llava-mini', () => {
  it('gets from decoded photos what the reference computed', async () => {
    const stored = await storedTensors(join(mini, 'expected.safetensors'));
    const { tensors_of: names } = JSON.parse(readFileSync(join(mini, 'expected.json'), 'utf8')) as { tensors_of: readonly string[] };
    const processor = readImageProcessor(parseJsonObject('preprocessor_config.json', readFileSync(join(mini, 'preprocessor_config.json'))));
    const pixels = stored.get('pixel_values')?.data as Float32Array;
    const size = 3 * 224 * 224;
    for (const [i, name] of names.entries()) {
      const values = processPicture(await decodePhoto(join(mini, '../../data/photos', name)), processor);
      const levels = levelsOf(values, processor);
      const theirs = pixels.subarray(i * size, (i + 1) * size).map((value) => Math.round(value * 128 + 127));
      const differing = theirs.reduce((count, level, at) => count + (level === levels[at] ? 0 : 1), 0);
      expect({ name, differing }).toEqual({ name, differing: 0 });
      expect(values.data.reduce((worst, value, at) => Math.max(worst, Math.abs(value - (pixels[i * size + at] ?? NaN))), 0)).toBeLessThan(
        1e-6,
      );
    }
  });
});
