/** @file A folder that several runs of `train` put the features of pictures into at once. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sharedStore } from '../../src/cli/train/folder-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'studio-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('takes the same bytes from many at once, whole, and keeps them once', async () => {
  const place = join(folder, 'features');
  const bytes = new Uint8Array(300_000).fill(7);
  const stores = Array.from({ length: 12 }, () => sharedStore(place));
  await Promise.all(stores.map((store) => store.write('picture', bytes)));
  expect(readdirSync(place)).toEqual(['picture']);
  expect(Buffer.compare((await stores[0]?.read('picture')) ?? new Uint8Array(), bytes)).toBe(0);
});
