/**
 * @file `[PYTHON=python3] node bench/caption/run.mjs [folder of pictures] [checkpoint] [repeats]`: captions the same pictures by the PyTorch
 * reference and by the command line's engine, in turns on the same machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { root } from '../../scripts/process.mjs';
import { bundleMeasure } from '../bundle.mjs';

const [folder = 'public/samples', checkpoint = '../shared/checkpoints/llava-mini', repeats = '5'] = process.argv.slice(2);
const reference = resolve(root, '../shared/tools/llava_mini_reference.py');
const batches = [1, 4, 8, 16];
/** Times of one run depend on what else the machine does; of several the best is told. */
const rounds = 3;

/** Runs the reference until it has told what concerns captions; what follows is training. */
async function measureReference() {
  const pictures = readdirSync(resolve(root, folder)).filter((name) => /\.(jpe?g|png)$/i.test(name));
  const args = [reference, 'bench', resolve(root, checkpoint), ...pictures.map((name) => join(resolve(root, folder), name))];
  const child = spawn(process.env['PYTHON'] ?? 'python3', [...args, '--repeat', repeats], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of child.stdout.setEncoding('utf8')) {
    text += part;
    if (/^decode: .*\n/m.test(text)) child.kill();
  }
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(text)?.[1] ?? NaN);
  return {
    perMinute: number(/one by one: (\d+) pictures/),
    visionMs: number(/in one batch: ([\d.]+) ms/),
    tokensPerSecond: 1000 / number(/decode: ([\d.]+) ms/),
  };
}

/** Runs our engine in a process of its own, so that its peak of memory is its own. */
function measureOurs(/** @type {number} */ batch) {
  const args = ['--no-warnings', bundle, resolve(root, folder), String(batch), repeats];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (status !== 0) process.exit(1);
  return JSON.parse(stdout);
}

const bundle = await bundleMeasure('bench/caption/measure.ts');

const load = loadavg()[0] ?? 0;
console.log(`${cpus().length} × ${cpus()[0]?.model ?? '?'}, Node ${process.version}, load ${load.toFixed(1)} before`);
const best = (/** @type {{ perMinute: number }[]} */ runs) => runs.reduce((a, b) => (b.perMinute > a.perMinute ? b : a));
const theirs = [];
const ours = batches.map(() => /** @type {{ perMinute: number }[]} */ ([]));
for (let round = 0; round < rounds; round++) {
  if (existsSync(reference)) theirs.push(await measureReference());
  batches.forEach((batch, i) => ours[i]?.push(measureOurs(batch)));
}
const yardstick = theirs.length > 0 ? best(theirs) : null;
if (yardstick) console.log('PyTorch, one by one', yardstick);
for (const [i, runs] of ours.entries()) {
  const run = best(runs);
  const ratio = yardstick ? `${(run.perMinute / yardstick.perMinute).toFixed(2)} ×` : '';
  console.log(`ours, batch ${String(batches[i])}`, run, ratio);
}
