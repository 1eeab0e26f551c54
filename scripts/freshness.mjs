/** @file Tells whether something built is older than what it was built from. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { root } from './process.mjs';

/**
 * @param {string} path
 * @returns {string[]} one line a file: path, size and time of change
 */
function describe(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  const stat = statSync(full);
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(full)
    .sort()
    .flatMap((name) => describe(`${path}/${name}`));
}

/**
 * Returns a short text that changes when any of the files does.
 * @param {readonly string[]} paths files and folders of the checkout
 */
export function fingerprint(paths) {
  return createHash('sha256').update(paths.flatMap(describe).join('\n')).digest('hex');
}

/**
 * Builds unless the last build came from the same files.
 * @param {{ output: string, sources: readonly string[], build: () => Promise<void> }} job `output` is the file that a build leaves
 */
export async function buildWhenStale({ output, sources, build }) {
  const stamp = join(root, '.cache/built', output.replaceAll('/', '-'));
  const now = fingerprint(sources);
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  await build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
}
