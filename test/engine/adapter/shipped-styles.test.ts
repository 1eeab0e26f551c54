/** @file The styles that come along: each is as the list says, fits the embedded model and was learned on it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { learnedCount } from '../../../src/core/adapter/learned.ts';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { openNodeBundle } from '../../../src/cli/open-model.ts';
import { compareBase } from '../../../src/engine/adapter/base.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { readModel } from '../../../models/families.ts';

interface Listed {
  readonly folder: string;
  readonly sizeBytes: number;
  readonly sample: string;
}

const root = join(import.meta.dirname, '../../../public/adapters');
const list = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8')) as readonly Listed[];

describe('the shipped styles', () => {
  it('are all in the list', () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(list.map(({ folder }) => folder).sort());
  });

  it.each(list.map((style) => [style.folder, style] as const))('%s fits the embedded model', async (folder, { sizeBytes, sample }) => {
    const bundle = await openNodeBundle(undefined);
    const files = await readAdapterFolder(folderFiles(join(root, folder)));
    const { adapter, unmatched, missing } = matchAdapter(files, { bundle, model: readModel(bundle.manifest.config) });
    expect([unmatched, missing]).toEqual([[], []]);
    expect(adapter.card.sample).toBe(sample);
    expect(await compareBase(adapter.base, bundle)).toEqual({ isSure: true, reason: '' });
    expect(sizeBytes).toBe(4 * learnedCount(adapter)); // as the library tells it once it is there
  });
});
