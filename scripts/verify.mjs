/** @file `npm run verify`: everything that can be said about the code without running it, the build, and its size. */
import { ensureInstalled } from './install.mjs';
import { ensurePage } from './page.mjs';
import { run, runTool } from './process.mjs';

/** @typedef {readonly (readonly [name: string, step: () => Promise<number>])[]} Steps */

/** Compilers take all cores that there are. @type {Steps} */
const alone = [['check', () => run(process.execPath, ['scripts/check.mjs'])]];

/** The linter takes one, so that others can go on beside it. @type {readonly Steps[]} */
const besideEachOther = [
  [['lint', () => runTool('eslint', ['.', '--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/'])]],
  [
    ['format', () => runTool('prettier', ['--check', '--log-level', 'warn', '.'])],
    ['arrows', () => runTool('depcruise', ['--config', '.dependency-cruiser.cjs', 'src', 'workers', 'models'])],
    ['build', () => ensurePage().then(() => 0)],
    ['budget', () => runTool('vitest', ['run', '--project', 'e2e', 'test/budget.test.ts'])],
  ],
];

/** @type {string[]} */
const failed = [];

/** @param {Steps} steps */
async function take(steps) {
  for (const [name, step] of steps) {
    const startedAt = performance.now();
    const code = await step();
    console.log(`${name}: ${code === 0 ? 'fine' : 'FAILED'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
    if (code !== 0) failed.push(name);
  }
}

await ensureInstalled();
await take(alone);
await Promise.all(besideEachOther.map(take));
if (failed.length > 0) {
  console.error(`verify: ${failed.join(', ')} failed`);
  process.exit(1);
}
