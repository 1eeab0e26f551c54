/**
 * @file `node bench/full-shape/run.mjs [--layers 32] [--tower-layers 24] [--vocabulary 32064] [--positions 64] [--folder DIR] [--keep] [--json FILE]`:
 * makes a checkpoint in the shape of LLaVA-1.5-7B, converts it to 4 bits, captions one picture with it and checks its first layer, each in a
 * process of its own; prints what every stage took. In full depth it needs 19 GB of disk.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/process.mjs';
import { gigabytes, missingRoom, stageRunner } from './stages.mjs';

/** The largest difference of the first layer from plain loops over the same numbers, in multiples of its root mean square. */
const tolerance = 1e-4;

const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '32' },
    'tower-layers': { type: 'string', default: '24' },
    vocabulary: { type: 'string', default: '32064' },
    positions: { type: 'string', default: '64' },
    folder: { type: 'string', default: tmpdir() },
    picture: { type: 'string', default: join(root, 'public/samples/skimage_chelsea.jpg') },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const shape = { layers: Number(values.layers), towerLayers: Number(values['tower-layers']), vocabulary: Number(values.vocabulary) };
if (!(shape.layers >= 1 && shape.towerLayers >= 2 && shape.vocabulary >= 256 && Number(values.positions) >= 1)) {
  console.error('full-shape: takes at least 1 layer, 2 layers of the tower, 256 tokens and 1 position');
  process.exit(2);
}
const missing = await missingRoom(values.folder, shape);
if (missing !== null) {
  console.error(`full-shape: ${missing}`);
  process.exit(2);
}
const folder = await mkdtemp(join(values.folder, 'full-shape-'));
const runStage = await stageRunner({ ...shape, folder, picture: values.picture, positions: Number(values.positions) });
process.once('SIGINT', () => {
  void rm(folder, { recursive: true, force: true }).then(() => process.exit(130));
});

/** @type {Record<string, any>} */
const stages = {};
try {
  for (const name of ['write', 'convert', 'caption', 'compare']) stages[name] = await runStage(name);
} finally {
  if (values.keep) console.error(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}
printTable();
if (values.json) await writeFile(values.json, `${JSON.stringify({ ...shape, tolerance, stages }, null, 1)}\n`);
if (!(stages['compare'].worstFromDequantized <= tolerance)) process.exitCode = 1;

function printTable() {
  const { write, convert, caption, compare } = stages;
  const row = (/** @type {string} */ name, /** @type {any} */ stage, /** @type {string} */ bytes) =>
    `| ${name} | ${(stage.elapsedMs / 1000).toFixed(1)} | ${bytes} | ${gigabytes(stage.peakBytes)} | ${stage.ownPeakBytes > 0 ? gigabytes(stage.ownPeakBytes) : '–'} |`;
  console.log(
    `${String(cpus().length)} × ${cpus()[0]?.model ?? '?'}, ${gigabytes(totalmem())} GB (${gigabytes(freemem())} free), Node ${process.version}`,
  );
  console.log(`${String(shape.layers)} layers, ${String(shape.towerLayers)} of the tower, ${String(shape.vocabulary)} tokens\n`);
  console.log('| stage | seconds | GB | peak memory, GB | without mapped files, GB |\n|---|---|---|---|---|');
  console.log(row('write the checkpoint (bfloat16)', write, gigabytes(write.bytes)));
  console.log(row('convert it to q4', convert, gigabytes(convert.bytes)));
  console.log(row('open it in Node and write 4 tokens', caption, gigabytes(caption.bytes)));
  console.log(row('check the first layer', compare, '–'));
  const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `\nCaption: opening ${seconds(caption.openedMs)}, looking ${seconds(caption.visionMs)}, reading the prompt ${seconds(caption.prefillMs)}, ` +
      `writing ${String(caption.tokens)} tokens ${seconds(caption.decodeMs)}: "${caption.caption}"`,
  );
  console.log(
    `First layer, ${String(compare.positions)} positions (${String(compare.pictureRows)} of the picture): at most ${compare.worstFromDequantized.toExponential(1)} ` +
      `from the same 4-bit numbers computed in plain loops (tolerance ${String(tolerance)}), typically ${compare.typicalFromCheckpoint.toExponential(1)} ` +
      `from the bfloat16 ones; in multiples of its root mean square, ${compare.magnitude.toPrecision(3)}`,
  );
}
