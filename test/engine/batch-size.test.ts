/** @file The size of batches follows memory and never falls below one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../models/families.ts';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import type { LlavaModel } from '../../models/family.ts';
import { chooseBatchSize, pictureBytes, type ModelSizes } from '../../src/engine/caption/batch-size.ts';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../public/bundles/llava-mini/manifest.json'), 'utf8')) as {
  config: Record<string, unknown>;
};
const small = readModel(manifest.config);
/** The same model at the size of a 7B one. */
const large = { ...small, decoder: { ...small.decoder, layers: 32, heads: 32, keyValueHeads: 32, headWidth: 128, contextLength: 4096 } };

const sizes = (model: LlavaModel): ModelSizes => ({ model, processor: { tiling: null } });

describe('chooseBatchSize', () => {
  it('goes up to what pays where memory is no question', () => {
    expect(chooseBatchSize(sizes(small), 'node', defaultDecoding)).toBe(8);
    expect(chooseBatchSize(sizes(small), 'wasm', defaultDecoding)).toBe(4);
    expect(chooseBatchSize(sizes(small), 'webgpu', defaultDecoding)).toBe(16);
  });

  it('takes fewer pictures of a large model, and fewer still with beams', () => {
    const plain = chooseBatchSize(sizes(large), 'wasm', { ...defaultDecoding, maxNewTokens: 512 });
    const beams = chooseBatchSize(sizes(large), 'wasm', { ...defaultDecoding, maxNewTokens: 512, beams: 8 });
    expect(plain).toBeLessThan(4);
    expect(beams).toBe(1);
  });
});

describe('pictureBytes', () => {
  it('counts the cache for each row', () => {
    const one = pictureBytes(sizes(large), 80, 1);
    const three = pictureBytes(sizes(large), 80, 3);
    const positions = large.vision.rowsPerTile + 128 + 80;
    expect(three - one).toBe(2 * 2 * 32 * 2 * 32 * 128 * positions * 4);
  });

  it('counts all tiles of a model that cuts pictures into some', () => {
    const tileSide = large.vision.imageSize;
    const pinpoints = [1, 2].flatMap((height) => [1, 2].map((width) => ({ height: height * tileSide, width: width * tileSide })));
    const packing = { pinpoints: undefined, maxTiles: null, patchesPerSide: Math.sqrt(large.vision.rowsPerTile) };
    const tiled = { model: { ...large, vision: { ...large.vision, packing } }, processor: { tiling: { pinpoints, tileSide } } };
    expect(pictureBytes(tiled, 80, 1)).toBeGreaterThan(1.8 * pictureBytes(sizes(large), 80, 1));
  });
});
