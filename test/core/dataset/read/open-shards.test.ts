/** @file Shards in one tar, as this program writes them; and such archives where something is wrong. */
import { describe, expect, it } from 'vitest';
import type { OutputFile } from '../../../../src/core/archive/file-entry.ts';
import { writeNestedTar } from '../../../../src/core/archive/nest-tar.ts';
import { writeTarHeader } from '../../../../src/core/archive/tar-header.ts';
import { writeTar } from '../../../../src/core/archive/write-tar.ts';
import { memorySource, type ByteSource } from '../../../../src/core/codec/byte-source.ts';
import { openShards } from '../../../../src/core/dataset/read/open-shards.ts';

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

const text = (path: string, content: string): OutputFile => ({ path, kind: 'text', write: () => [content] });
const file = (path: string, bytes: Uint8Array): OutputFile => ({ path, kind: 'bytes', read: () => Promise.resolve(bytes) });
const source = (bytes: Uint8Array): ByteSource => memorySource('shards.tar', bytes);
const nested = (...shards: readonly (readonly [string, readonly OutputFile[]])[]): Promise<Uint8Array> =>
  collect(writeNestedTar(shards.map(([name, files]) => ({ name, files }))));

async function read(bytes: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const entries = await openShards(source(bytes));
  const texts = await Promise.all(entries.map(async (entry) => [entry.path, new TextDecoder().decode(await entry.read())] as const));
  return Object.fromEntries(texts);
}

describe('shards in one tar', () => {
  it('are read as if they lay side by side', async () => {
    const bytes = await nested(
      ['train-000000.tar', [text('a.jpg', 'A'), text('a.txt', 'a'), text('sub/ü b.jpg', 'B')]],
      ['train-000001.tar', [text('a.jpg', 'other'), text('c.txt', '')]],
    );
    expect(await read(bytes)).toEqual({ 'a.jpg': 'A', 'a.txt': 'a', 'sub/ü b.jpg': 'B', 'train-000001/a.jpg': 'other', 'c.txt': '' });
  });

  it('stay files beside pictures, and in shards', async () => {
    const inner = await collect(writeTar([text('x.jpg', 'x')]));
    expect(Object.keys(await read(await collect(writeTar([text('a.jpg', 'A'), file('copy.tar', inner)]))))).toEqual(['a.jpg', 'copy.tar']);
    const shard = await collect(writeTar([file('again.tar', inner), text('a.jpg', 'A')]));
    const deep = await collect(writeTar([file('s.tar', shard)]));
    expect(Object.keys(await read(deep))).toEqual(['again.tar', 'a.jpg']);
  });

  it('are refused as a whole where one leads out, is cut short, or holds links, and where there are too many members', async () => {
    const good = ['good.tar', [text('a.jpg', 'A')]] as const;
    await expect(read(await nested(good, ['bad.tar', [text('../a.jpg', 'x')]]))).rejects.toThrow(/shards\.tar, bad\.tar.*leads out/u);
    const inner = await collect(writeTar([text('a.jpg', 'A'.repeat(2000))]));
    const cut = await collect(writeTar([file('cut.tar', inner.subarray(0, 1024))]));
    await expect(read(cut)).rejects.toThrow(/shards\.tar, cut\.tar: is cut short/u);
    const link = writeTarHeader('a.jpg', 0);
    link[156] = 0x32; // a symbolic link
    link.fill(0x20, 148, 156);
    const sum = link.reduce((total, byte) => total + byte, 0);
    link.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    const linked = await collect(writeTar([file('links.tar', Buffer.concat([link, new Uint8Array(1024)]))]));
    await expect(read(linked)).rejects.toThrow(/links\.tar.*is a link/u);
    const many = await nested(good, ['more.tar', [text('b.jpg', 'B'), text('c.jpg', 'C')]]);
    await expect(openShards(source(many), { entries: 2 })).rejects.toThrow(/more than 2 members/u);
    await expect(openShards(source(many), { entryBytes: 0 })).rejects.toThrow(/at most 0 are read/u);
  });
});
