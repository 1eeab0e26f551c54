/** @file Archives as tar-stream writes them, and broken ones. */
import { existsSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/core/codec/byte-source.ts';
import { listTar } from '../../../src/core/dataset/tar-index.ts';

const long = `${'folder/'.repeat(40)}näme ${'x'.repeat(120)}.jpg`;

async function archive(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const tar = pack();
  tar.entry({ name: 'empty/', type: 'directory' });
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.entry({ name: 'link', type: 'symlink', linkname: 'a.jpg' });
  tar.finalize();
  return new Uint8Array(await buffer(tar));
}

describe('listTar', () => {
  it('finds files at their places, with long names and without folders and links', async () => {
    const files = { 'a.jpg': 'first', './b/c.jpg': 'x'.repeat(700_000), [long]: 'third', 'zero.jpg': '' };
    const bytes = await archive(files);
    const members = await listTar(memorySource('a.tar', bytes));
    expect(members.map(({ name }) => name)).toEqual(['a.jpg', 'b/c.jpg', long, 'zero.jpg']);
    const texts = members.map(({ start, byteLength }) => new TextDecoder().decode(bytes.subarray(start, start + byteLength)));
    expect(texts).toEqual(Object.values(files));
  });

  it('lets the later of two members with one name count', async () => {
    const [one, two] = [await archive({ 'a.jpg': 'old' }), await archive({ 'a.jpg': 'newer' })];
    const bytes = new Uint8Array([...one.subarray(0, one.byteLength - 1024), ...two]);
    expect(await listTar(memorySource('a.tar', bytes))).toMatchObject([{ name: 'a.jpg', byteLength: 5 }]);
  });

  it('refuses what is no archive, and one that was cut off', async () => {
    const bytes = await archive({ 'a.jpg': 'x'.repeat(2000) });
    await expect(listTar(memorySource('a.tar', bytes.subarray(0, 1700)))).rejects.toThrow(
      /a\.tar, byte \d+: names a member that goes beyond/u,
    );
    await expect(listTar(memorySource('b.tar', new Uint8Array(2048).fill(0x1f)))).rejects.toThrow(/b\.tar, byte 0: is no header/u);
    expect(await listTar(memorySource('c.tar', new Uint8Array(0)))).toEqual([]);
  });

  const shared = new URL('../../../../shared/data/coco/dev.tar', import.meta.url);
  it.runIf(existsSync(shared))('reads COCO’s sample archive', async () => {
    const members = await listTar(memorySource('dev.tar', readFileSync(shared)));
    expect(members).toHaveLength(189);
  });
});
