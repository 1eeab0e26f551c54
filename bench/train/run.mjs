/**
 * @file `[PYTHON=python3] node bench/train/run.mjs [checkpoint] [steps]`: ms of a training step of each method, by the PyTorch reference and by
 * the command line's engine, on the same batch in turns on the same machine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from '../../scripts/process.mjs';
import { bundleMeasure } from '../bundle.mjs';

const [checkpoint = '../shared/checkpoints/llava-mini', steps = '20'] = process.argv.slice(2);
const reference = resolve(root, '../shared/tools/llava_mini_reference.py');
/** The reference has no prefix and no DoRA, and fully trains the decoder alone; ours beside it the same, and with the projector. */
const methods = ['prompt', 'prefix', 'lora', 'dora', 'decoder', 'full'];
/** Times of one run depend on what else the machine does; of several the best is told. */
const rounds = 3;

/** Runs the reference's bench, which prints its training steps last. */
function measureReference() {
  const picture = join(root, 'public/samples/skimage_coffee.jpg');
  const args = [reference, 'bench', resolve(root, checkpoint), picture, '--repeat', steps];
  const { stdout, status } = spawnSync(process.env['PYTHON'] ?? 'python3', args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) process.exit(1);
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(stdout)?.[1] ?? NaN);
  return {
    prompt: number(/prompt learning.*: (\d+) ms a step/),
    lora: number(/LoRA.*: (\d+) ms a step/),
    decoder: number(/all weights.*: (\d+) ms a step/),
  };
}

/** Runs our engine in a process of its own, so that its peak of memory is its own. */
function measureOurs(/** @type {string} */ bundle, /** @type {string} */ method) {
  const { stdout, status } = spawnSync(process.execPath, ['--no-warnings', bundle, method, steps], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) process.exit(1);
  return /** @type {{ medianMs: number, openMs: number, peakMegabytes: number }} */ (JSON.parse(stdout));
}

const bundle = await bundleMeasure('bench/train/measure.ts');
console.log(`${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)} before`);
/** @type {Map<string, number>} */
const theirs = new Map();
/** @type {Map<string, ReturnType<typeof measureOurs>>} */
const ours = new Map();
for (let round = 0; round < rounds; round++) {
  if (existsSync(reference))
    for (const [method, ms] of Object.entries(measureReference())) theirs.set(method, Math.min(ms, theirs.get(method) ?? Infinity));
  for (const method of methods) {
    const run = measureOurs(bundle, method);
    if (run.medianMs < (ours.get(method)?.medianMs ?? Infinity)) ours.set(method, run);
  }
}
console.log(
  '| method | PyTorch, ms a step | ours, ms a step | times PyTorch | until the first step is done, ms | peak MB |\n|---|---|---|---|---|---|',
);
for (const [method, { medianMs, openMs, peakMegabytes }] of ours) {
  const yardstick = theirs.get(method);
  const times = yardstick === undefined ? '–' : (yardstick / medianMs).toFixed(2);
  console.log(`| ${method} | ${yardstick ?? '–'} | ${medianMs} | ${times} | ${openMs} | ${peakMegabytes} |`);
}
