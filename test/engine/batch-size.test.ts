/** @file The size of batches follows memory and never falls below one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../models/families.ts';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import { chooseBatchSize, pictureBytes } from '../../src/engine/caption/batch-size.ts';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../public/bundles/llava-mini/manifest.json'), 'utf8')) as {
  config: Record<string, unknown>;
};
const small = readModel(manifest.config);
/** The same model at the size of a 7B one. */
const large = { ...small, decoder: { ...small.decoder, layers: 32, heads: 32, keyValueHeads: 32, headWidth: 128, contextLength: 4096 } };

describe('chooseBatchSize', () => {
  it('goes up to what pays where memory is no question', () => {
    expect(chooseBatchSize(small, 'node', defaultDecoding)).toBe(8);
    expect(chooseBatchSize(small, 'wasm', defaultDecoding)).toBe(4);
  });

  it('takes fewer pictures of a large model, and fewer still with beams', () => {
    const plain = chooseBatchSize(large, 'wasm', { ...defaultDecoding, maxNewTokens: 512 });
    const beams = chooseBatchSize(large, 'wasm', { ...defaultDecoding, maxNewTokens: 512, beams: 8 });
    expect(plain).toBeLessThan(4);
    expect(beams).toBe(1);
  });
});

describe('pictureBytes', () => {
  it('counts the cache for each row', () => {
    const one = pictureBytes(large, 80, 1);
    const three = pictureBytes(large, 80, 3);
    const positions = large.vision.rowsPerTile + 128 + 80;
    expect(three - one).toBe(2 * 2 * 32 * 2 * 32 * 128 * positions * 4);
  });
});
