/** @file Writing over files: only over those that are still as they were read. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stampOf, type FileStamp } from '../../src/cli/dataset/sources.ts';
import { writeFiles, type PlacedFile } from '../../src/cli/dataset/write-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'studio-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

const placed = (name: string, text: string): PlacedFile => ({
  place: join(folder, name),
  file: { path: name, kind: 'text', write: () => [text] },
});

async function stamps(...names: readonly string[]): Promise<ReadonlyMap<string, FileStamp>> {
  const found = await Promise.all(names.map(async (name) => [join(folder, name), await stampOf(join(folder, name))] as const));
  return new Map(found.flatMap(([place, stamp]) => (stamp === null ? [] : [[place, stamp] as const])));
}

describe('writeFiles', () => {
  it('writes over a file that is as it was read, and not over one that changed since', async () => {
    writeFileSync(join(folder, 'a.txt'), 'old');
    writeFileSync(join(folder, 'b.txt'), 'old');
    const known = await stamps('a.txt', 'b.txt');
    writeFileSync(join(folder, 'b.txt'), 'own');
    utimesSync(join(folder, 'b.txt'), 1, 1);
    const files = [placed('a.txt', 'new'), placed('b.txt', 'new')];
    await expect(writeFiles(files, { stamps: known, isForced: false })).rejects.toMatchObject({
      details: { conflicts: [join(folder, 'b.txt')] },
    });
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('old'); // not even the one that could be
    await writeFiles(files, { stamps: known, isForced: true });
    expect(readFileSync(join(folder, 'b.txt'), 'utf8')).toBe('new');
  });

  it('notices a file that comes while it writes', async () => {
    const first = placed('c.txt', 'new');
    const late: PlacedFile = {
      place: join(folder, 'd.txt'),
      file: {
        path: 'd.txt',
        kind: 'bytes',
        read: () => Promise.resolve(Buffer.from('new')),
      },
    };
    const meddling: PlacedFile = {
      ...first,
      file: {
        path: 'c.txt',
        kind: 'bytes',
        read: () => {
          writeFileSync(join(folder, 'd.txt'), 'theirs');
          return Promise.resolve(Buffer.from('new'));
        },
      },
    };
    await expect(writeFiles([meddling, late], { stamps: new Map(), isForced: false })).rejects.toThrow(
      /changed meanwhile.*1 of 2 files are written and whole/u,
    );
    expect(readFileSync(join(folder, 'c.txt'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'd.txt'), 'utf8')).toBe('theirs');
  });
});
