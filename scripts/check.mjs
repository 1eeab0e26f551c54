/** @file `npm run check`: compiles every floor against the libraries that it may know, and the components. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runTool } from './process.mjs';

const floors = [
  'src/core',
  'models',
  'src/engine',
  'src/storage',
  'workers',
  'src/service-worker',
  'src/cli',
  'scripts',
  'bench',
  'bench/full-shape/worker',
  'test',
  '.',
];

/**
 * Says whether a folder holds anything to compile; a floor may still be empty.
 * @param {string} floor
 */
function hasSources(floor) {
  const folder = join(root, floor);
  return existsSync(folder) && readdirSync(folder, { recursive: floor !== '.' }).some((name) => /\.(ts|mjs)$/.test(String(name)));
}

/** @param {string} floor */
async function compile(floor) {
  const memory = `.cache/tsc/${floor.replaceAll('/', '-')}.json`;
  const code = await runTool('tsc', ['-p', floor, '--incremental', '--tsBuildInfoFile', memory]);
  return code === 0 ? [] : [floor];
}

/** @type {string[]} */
const failed = [];
const waiting = floors.filter(hasSources);

/** Two compilers at a time: one alone leaves most machines idle, more need gigabytes. */
async function compileWaiting() {
  for (let floor = waiting.shift(); floor !== undefined; floor = waiting.shift()) failed.push(...(await compile(floor)));
}

async function checkComponents() {
  const code = await runTool('svelte-check', ['--tsconfig', 'src/app/tsconfig.json', '--fail-on-warnings', '--output', 'human']);
  if (code !== 0) failed.push('src/app');
  await compileWaiting();
}

await Promise.all([checkComponents(), compileWaiting()]);
if (failed.length > 0) {
  console.error(`check: ${failed.join(', ')} do not compile`);
  process.exit(1);
}
