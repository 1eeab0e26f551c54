/** @file Runs stages of the proof in processes of their own and watches their memory. */
import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { root } from '../../scripts/process.mjs';
import { bundleMeasure } from '../bundle.mjs';
import { readMemory } from './memory.mjs';

/** @typedef {{ layers: number, towerLayers: number, vocabulary: number }} Shape */

/** Stages hold little more than memory and files, which a look now and then sees. @unit ms */
const lookEveryMs = 25;

/**
 * Says why a folder cannot hold checkpoint and bundle, or gives null where it can.
 * @param {string} folder
 * @param {Shape} shape
 */
export async function missingRoom(folder, shape) {
  const parameters = shape.layers * 202.4e6 + shape.towerLayers * 12.6e6 + shape.vocabulary * 8192 + 22e6;
  const neededBytes = parameters * 2.6; // 2 in bfloat16, 0.5625 in 4 bits with scales
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > neededBytes) return null;
  return `needs ${gigabytes(neededBytes)} GB in ${folder}, ${gigabytes(bavail * bsize)} are free; name another --folder or fewer --layers`;
}

/**
 * Gives a function that runs one stage.
 * @param {Shape & { folder: string, picture?: string, positions?: number }} options
 */
export async function stageRunner(options) {
  const program = await bundleMeasure('bench/full-shape/stage.ts');
  return async (/** @type {string} */ name) => {
    const child = spawn(process.execPath, ['--no-warnings', program, name, JSON.stringify(options)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let ownPeakBytes = 0;
    const timer = setInterval(() => {
      ownPeakBytes = Math.max(ownPeakBytes, readMemory(child.pid ?? 0)?.ownBytes ?? 0);
    }, lookEveryMs);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    clearInterval(timer);
    if (code !== 0) throw new Error(`full-shape: the stage ${name} failed (${String(code)})`);
    return { ...JSON.parse(out), ownPeakBytes };
  };
}

/** @param {number} bytes */
export function gigabytes(bytes) {
  return (bytes / 1e9).toFixed(2);
}
