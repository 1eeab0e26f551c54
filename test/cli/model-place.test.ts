/** @file The place of a copy of a model: what goes of an older one, whatever its manifest names, and what stays. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModelPlace } from '../../src/cli/model-place.ts';
import { bundleFormatVersion, type BundleManifest } from '../../models/bundle.ts';

let folder = '';
const out = (...parts: readonly string[]): string => join(folder, 'out', ...parts);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'studio-model-place-'));
  mkdirSync(out('pictures'), { recursive: true });
  mkdirSync(join(folder, 'base'));
  mkdirSync(join(folder, 'elsewhere'));
  for (const file of ['out/pictures/a.txt', 'out/notes.txt', 'elsewhere/a.txt']) writeFileSync(join(folder, file), 'mine');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function manifest(shards: readonly string[], files: readonly string[]): BundleManifest {
  const listed = (paths: readonly string[]): BundleManifest['files'] =>
    paths.map((path) => ({ path, sizeBytes: 3, sha256: '0'.repeat(64) }));
  const facts = { formatVersion: bundleFormatVersion, name: 'n', family: 'llava', precision: 'q8', licence: 'l', source: 's', config: {} };
  return { ...facts, shards: listed(shards), files: listed(files), tensors: [] };
}

/** Writes a copy of one shard and a card over what lies there. */
async function copyOver(): Promise<void> {
  const place = await openModelPlace({ out: out(), base: join(folder, 'base'), sideFiles: ['README.md'], isForced: true });
  await place.begin();
  expect(existsSync(out('manifest.json'))).toBe(false);
  const written = manifest(['weights-000.bin'], ['README.md']);
  for (const name of ['weights-000.bin', 'README.md']) writeFileSync(out(name), 'new');
  writeFileSync(out('manifest.json'), JSON.stringify(written));
  await place.removeOlder(written);
}

const expectCopy = (): void => {
  for (const name of ['weights-000.bin', 'README.md']) expect(readFileSync(out(name), 'utf8')).toBe('new');
  expect(existsSync(out('manifest.json'))).toBe(true);
};

describe('an older model', () => {
  it.each(['.', './', 'pictures', 'pictures/.', 'manifest.json', 'README.md', '../elsewhere', '../elsewhere/a.txt', 'link', 'link/a.txt'])(
    'takes nothing with it that is no file of it, though its manifest names "%s"',
    async (path) => {
      symlinkSync(join(folder, 'elsewhere'), out('link'));
      writeFileSync(out('manifest.json'), JSON.stringify(manifest(['weights-000.bin'], [path])));
      await copyOver();
      expectCopy();
      expect(readdirSync(out()).sort()).toEqual(['README.md', 'link', 'manifest.json', 'notes.txt', 'pictures', 'weights-000.bin']);
      for (const file of ['out/pictures/a.txt', 'elsewhere/a.txt']) expect(readFileSync(join(folder, file), 'utf8')).toBe('mine');
    },
  );

  it('goes with all its files', async () => {
    writeFileSync(out('manifest.json'), JSON.stringify(manifest(['weights-000.bin', 'more.bin'], ['pictures/card.md'])));
    for (const name of ['more.bin', 'pictures/card.md']) writeFileSync(out(name), 'old');
    await copyOver();
    expectCopy();
    expect([existsSync(out('more.bin')), readdirSync(out('pictures'))]).toEqual([false, ['a.txt']]);
  });
});

it('what a copy left that was broken off goes, and no folder of such a name', async () => {
  for (const name of ['weights-000.bin.part', 'weights-004.bin', 'weights-005.bin.part', 'weights-x.bin']) writeFileSync(out(name), 'old');
  mkdirSync(out('weights-006.bin'));
  await copyOver();
  expectCopy();
  expect(
    readdirSync(out())
      .filter((name) => name.startsWith('weights'))
      .sort(),
  ).toEqual(['weights-000.bin', 'weights-006.bin', 'weights-x.bin']);
});
