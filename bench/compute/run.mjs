/** @file `node bench/compute/run.mjs BUNDLE…`: bundles the measurement and runs it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
await build({
  root,
  configFile: false,
  logLevel: 'error',
  publicDir: false,
  build: { ssr: 'bench/compute/measure.ts', outDir: '.cache/bench-compute', emptyOutDir: false, target: 'node20', minify: false },
});
const run = spawnSync(process.execPath, ['.cache/bench-compute/measure.js', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exitCode = run.status ?? 1;
