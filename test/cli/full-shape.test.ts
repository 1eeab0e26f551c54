/** @file The full-shape proof on two layers and a small vocabulary: all its stages, in matrices of their true sizes. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementCount } from '../../src/core/tensor/shape.ts';
import { configOf, tensorsOf } from '../../bench/full-shape/shape.ts';
import { root } from './run-studio.ts';

const trueShape = { layers: 32, towerLayers: 24, vocabulary: 32064 };
const small = { layers: 2, 'tower-layers': 2, vocabulary: 2048, positions: 12 };

describe('the made-up checkpoint', () => {
  it('has the parameters of LLaVA-1.5-7B', () => {
    const parameters = tensorsOf(trueShape).reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(parameters).toBe(7_063_427_072);
  });

  it('names the picture’s token as the published one does', () => {
    expect(configOf(trueShape)).toMatchObject({ image_token_index: 32000, image_seq_length: 576 });
  });
});

describe('the full-shape proof', () => {
  const folder = mkdtempSync(join(tmpdir(), 'studio-full-shape-'));
  let result: {
    readonly tolerance: number;
    readonly stages: Readonly<Record<'write' | 'convert' | 'caption' | 'compare', Readonly<Record<string, number>>>>;
  };
  beforeAll(() => {
    const flags = Object.entries(small).map(([name, value]) => `--${name}=${String(value)}`);
    const report = join(folder, 'report.json');
    execFileSync(process.execPath, ['bench/full-shape/run.mjs', ...flags, '--folder', folder, '--json', report], { cwd: root });
    result = JSON.parse(readFileSync(report, 'utf8')) as typeof result;
  }, 600_000); // a minute on two quiet cores
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('converts it with a peak of memory far below the checkpoint', () => {
    const { write, convert } = result.stages;
    expect(convert['bytes']).toBeLessThan(0.3 * (write['bytes'] ?? 0));
    expect(convert['peakBytes']).toBeLessThan(0.6e9);
  });

  it('writes a caption of four tokens', () => {
    expect(result.stages.caption['tokens']).toBe(4);
  });

  it('computes the first layer as plain loops over the same 4-bit numbers do', () => {
    const { compare } = result.stages;
    expect(compare['positions']).toBe(12);
    expect(compare['pictureRows']).toBeGreaterThan(0);
    expect(compare['worstFromDequantized']).toBeLessThanOrEqual(result.tolerance);
    expect(compare['typicalFromCheckpoint']).toBeLessThan(0.15);
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});
