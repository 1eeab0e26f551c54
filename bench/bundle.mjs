/** @file Bundles a measurement that is written in TypeScript, so that plain Node runs it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from '../scripts/process.mjs';

/**
 * Bundles a measurement and everything of ours that it imports.
 * @param {string} entry the file to begin with, within the checkout
 * @returns {Promise<string>} the bundle's path
 */
export async function bundleMeasure(entry) {
  const name = entry.replaceAll('/', '-').replace(/\.ts$/, '');
  const outDir = join(root, '.cache/bench');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: `${name}.js`, chunkFileNames: `${name}-[hash].js` } },
    },
  });
  return join(outDir, `${name}.js`);
}

/**
 * Bundles a measurement and runs it with this terminal and this command's arguments; its exit code becomes ours.
 * @param {string} entry the file to begin with, within the checkout
 */
export async function runMeasure(entry) {
  const bundle = await bundleMeasure(entry);
  const { status } = spawnSync(process.execPath, ['--no-warnings', bundle, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
