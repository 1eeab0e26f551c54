/** @file Folders are made with all above them, and a place that takes none says so at once. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/cli/make-folder.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-folder-'));
  writeFileSync(join(folder, 'file'), 'text');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('makeFolder', () => {
  it('makes what is missing and names the first, and leaves what is there', () => {
    expect(makeFolder(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
    expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
    expect(makeFolder(join(folder, 'a/b'))).toBeUndefined();
    expect(makeFolder(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
  });

  it('makes none in a file or in its place', () => {
    expect(() => makeFolder(join(folder, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, 'file/below/it'))).toThrow(/ENOTDIR/);
  });

  it('comes back from where the system answers as if what is there were missing', () => {
    // Node's own recursive way never did: the test would run into its time limit.
    const place = process.platform === 'linux' ? '/proc/none/of/it' : join(folder, 'file/none');
    expect(() => makeFolder(place)).toThrow(process.platform === 'linux' ? '/proc takes no folders' : /ENOTDIR/);
  });
});
