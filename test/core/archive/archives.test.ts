/** @file Zip and tar: round trips, archives of other programs, and archives that are broken or hostile. */
import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileEntry, OutputFile } from '../../../src/core/archive/file-entry.ts';
import { listTar, openTar } from '../../../src/core/archive/read-tar.ts';
import { openZip } from '../../../src/core/archive/read-zip.ts';
import { writeNestedTar } from '../../../src/core/archive/nest-tar.ts';
import { writeTarHeader } from '../../../src/core/archive/tar-header.ts';
import { writeTar } from '../../../src/core/archive/write-tar.ts';
import { writeZip } from '../../../src/core/archive/write-zip.ts';
import { memorySource, type ByteSource } from '../../../src/core/codec/byte-source.ts';
import { StudioError } from '../../../src/core/error.ts';

const formats = [
  { name: 'zip', open: openZip, write: writeZip },
  { name: 'tar', open: openTar, write: writeTar },
] as const;

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function textsOf(entries: readonly FileEntry[]): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(entries.map(async (entry) => [entry.path, new TextDecoder().decode(await entry.read())] as const));
  return Object.fromEntries(texts);
}

const bytesFile = (path: string, text: string): OutputFile => ({ path, kind: 'bytes', read: () => Promise.resolve(Buffer.from(text)) });
const source = (bytes: Uint8Array): ByteSource => memorySource('test archive', bytes);
const fixture = (name: string): ByteSource => source(readFileSync(new URL(`../../fixtures/archives/${name}`, import.meta.url)));

const part = fc.string({
  unit: fc.constantFrom('a', 'B', ' ', "'", '"', 'é', 'e\u0301', '漢', '😀', '%', '.'),
  minLength: 1,
  maxLength: 40,
});
const paths = fc
  .array(
    part.filter((name) => !/^\.+$/u.test(name)),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('/'));

describe.each(formats)('$name', ({ open, write }) => {
  it('gives back what was put in, whatever its names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(paths, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), async (files) => {
        const packed = await collect(write(Object.entries(files).map(([path, text]) => bytesFile(path, text))));
        const entries = await open(source(packed));
        expect(await textsOf(entries)).toEqual(files);
        for (const entry of entries) expect(entry.byteLength).toBe((await entry.read()).length);
      }),
      { numRuns: 60 },
    );
  });

  it('writes a long text in stretches and reads it whole', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `row ${String(i)} 😀\n`);
    const chunks: number[] = [];
    const parts: Uint8Array[] = [];
    for await (const chunk of write([{ path: 'rows.jsonl', kind: 'text', write: () => rows }])) {
      chunks.push(chunk.length);
      parts.push(chunk);
    }
    expect(Math.max(...chunks)).toBeLessThan(200_000);
    expect(await textsOf(await open(source(Buffer.concat(parts))))).toEqual({ 'rows.jsonl': rows.join('') });
  });

  it('tells of an archive that is cut short, wherever it is cut', async () => {
    const packed = await collect(write([bytesFile('a.txt', 'x'.repeat(700)), bytesFile('b.txt', 'y'.repeat(700))]));
    for (let length = 0; length < packed.length - 520; length += 37) {
      await expect(open(source(packed.subarray(0, length)))).rejects.toThrow(/cut short|no whole zip/u);
    }
  });

  it('reads or explains damaged bytes', async () => {
    const packed = await collect(write([bytesFile('a.txt', 'hello'), bytesFile('ü/b.txt', 'there')]));
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.nat(255), async (at, byte) => {
        const damaged = Uint8Array.from(packed);
        damaged[at] = byte;
        try {
          await textsOf(await open(source(damaged)));
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
          expect((error as StudioError).code).toBe('file-invalid');
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../b', 'C:/windows/x', '..\\..\\x', '..'])(
    'refuses a member named %s',
    async (path) => {
      const packed = await collect(write([bytesFile(path, 'x')]));
      await expect(open(source(packed))).rejects.toThrow(/leads out of the archive/u);
    },
  );
});

describe('writeNestedTar', () => {
  it('writes archives into one as a stream, each as it would be by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(paths, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), { maxLength: 3 }),
        async (sets) => {
          const archives = sets.map((files, i) => ({
            name: `${String(i)}.tar`,
            files: Object.entries(files).map(([path, text], place) =>
              place % 2 === 0
                ? { ...bytesFile(path, text), byteLength: Buffer.byteLength(text) }
                : { path, kind: 'text' as const, write: () => [text] },
            ),
          }));
          const entries = await openTar(source(await collect(writeNestedTar(archives))));
          expect(entries.map(({ path }) => path)).toEqual(archives.map(({ name }) => name));
          for (const [i, entry] of entries.entries()) {
            const alone = await collect(writeTar(archives[i]?.files ?? []));
            expect(Buffer.compare(await entry.read(), alone)).toBe(0);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('stops where a file has another length than was announced', async () => {
    const archives = [{ name: 'a.tar', files: [{ ...bytesFile('a.png', 'grown since'), byteLength: 3 }] }];
    await expect(collect(writeNestedTar(archives))).rejects.toThrow(/a\.png: has 11 bytes and had 3/u);
  });
});

describe('openZip', () => {
  it.each(['info-zip.zip', 'python.zip'])('reads %s of another program', async (name) => {
    await expectFixture(await openZip(fixture(name)));
  });

  it('refuses what unpacks to more than it should, before it is unpacked', async () => {
    const bytes = readFileSync(new URL('../../fixtures/archives/python.zip', import.meta.url));
    const entries = await openZip(source(bytes));
    const packed = entries.find(({ path }) => path === 'packed.txt');
    expect(packed?.byteLength).toBe(16_000);
    await expect(openZip(source(bytes), { entries: 10, entryBytes: 15_999, ratio: 1000 })).rejects.toThrow(/claims to unpack/u);
    await expect(openZip(source(bytes), { entries: 2, entryBytes: 1e9, ratio: 1000 })).rejects.toThrow(/at most 2/u);
    // A directory that lies about the size: the true one comes to light before the memory is spent.
    const lying = Uint8Array.from(bytes);
    const view = new DataView(lying.buffer);
    for (let at = 0; at < lying.length - 4; at++) if (view.getUint32(at, true) === 16_000) view.setUint32(at, 15_000, true);
    const [entry] = (await openZip(source(lying))).filter(({ path }) => path === 'packed.txt');
    await expect(entry?.read()).rejects.toThrow(/does not unpack to the 15000 bytes/u);
  });

  it('refuses a claim of millions of bytes from a few', async () => {
    const packed = Uint8Array.from(readFileSync(new URL('../../fixtures/archives/python.zip', import.meta.url)));
    const view = new DataView(packed.buffer);
    for (let at = 0; at < packed.length - 4; at++) if (view.getUint32(at, true) === 16_000) view.setUint32(at, 400_000_000, true);
    await expect(openZip(source(packed))).rejects.toThrow(/claims to unpack from \d+ to 400000000 bytes/u);
  });

  it('opens a stored member where it lies, in ranges, and only when its checksum is right', async () => {
    const packed = Uint8Array.from(await collect(writeZip([bytesFile('a.txt', 'zero'), bytesFile('b.txt', 'one two three')])));
    const asked: number[] = [];
    const counted = { ...source(packed), slice: (from: number, to: number) => (asked.push(to - from), source(packed).slice(from, to)) };
    const [, entry] = await openZip(counted);
    const opened = await entry?.open();
    expect([entry?.isStored, opened?.byteLength, opened?.name]).toEqual([true, 13, 'test archive/b.txt']);
    asked.length = 0;
    expect(new TextDecoder().decode(await opened?.slice(4, 7))).toBe('two');
    expect(asked).toEqual([3]);
    await expect(opened?.slice(4, 14)).rejects.toThrow(/range 4–14 is outside of its 13 bytes/u);
    packed[packed.indexOf('w'.charCodeAt(0))] = 0;
    await expect((await openZip(source(packed)))[1]?.open()).rejects.toThrow(/do not have the checksum/u);
  });

  it('refuses members that share bytes', async () => {
    const packed = Uint8Array.from(await collect(writeZip([bytesFile('a.txt', 'x'.repeat(100)), bytesFile('b.txt', 'y'.repeat(100))])));
    const view = new DataView(packed.buffer);
    const rows = [...packed.keys()].filter((at) => at + 4 <= packed.length && view.getUint32(at, true) === 0x02_01_4b_50);
    view.setUint32((rows[1] ?? 0) + 42, 0, true);
    await expect(openZip(source(packed))).rejects.toThrow(/share bytes/u);
  });

  it('refuses links', async () => {
    const packed = Uint8Array.from(await collect(writeZip([bytesFile('a.txt', '/etc/passwd')])));
    const view = new DataView(packed.buffer);
    const row = [...packed.keys()].find((at) => at + 4 <= packed.length && view.getUint32(at, true) === 0x02_01_4b_50) ?? 0;
    view.setUint32(row + 38, (0o12_07_77 << 16) >>> 0, true);
    await expect(openZip(source(packed))).rejects.toThrow(/is a link/u);
  });

  it('finds members beyond four gigabytes', async () => {
    // The bytes between are made up when they are asked for; only header and directory are real.
    const size = 5 * 2 ** 30;
    const head = await collect(writeZip([bytesFile('far.txt', 'found')]));
    const local = head.subarray(0, 30 + 7 + 5);
    const row = largeRow(head.subarray(local.length, head.length - 22), size);
    const end = largeEnd(size + local.length, row.length);
    const parts = [
      [size, local],
      [size + local.length, row],
      [size + local.length + row.length, end],
    ] as const;
    const far: ByteSource = {
      name: 'far',
      byteLength: size + local.length + row.length + end.length,
      slice: (from, to) => {
        const bytes = new Uint8Array(to - from);
        for (const [start, piece] of parts) {
          for (let i = Math.max(0, from - start); i < piece.length && start + i < to; i++) bytes[start + i - from] = piece[i] ?? 0;
        }
        return Promise.resolve(bytes);
      },
    };
    expect(await textsOf(await openZip(far))).toEqual({ 'far.txt': 'found' });
  });
});

function largeRow(row: Uint8Array, start: number): Uint8Array {
  const bytes = new Uint8Array(row.length + 12);
  bytes.set(row);
  const view = new DataView(bytes.buffer);
  view.setUint16(30, 12, true);
  view.setUint32(42, 0xff_ff_ff_ff, true);
  view.setUint16(row.length, 1, true);
  view.setUint16(row.length + 2, 8, true);
  view.setBigUint64(row.length + 4, BigInt(start), true);
  return bytes;
}

function largeEnd(start: number, byteLength: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(98));
  view.setUint32(0, 0x06_06_4b_50, true);
  view.setBigUint64(32, 1n, true);
  view.setBigUint64(40, BigInt(byteLength), true);
  view.setBigUint64(48, BigInt(start), true);
  view.setUint32(56, 0x07_06_4b_50, true);
  view.setBigUint64(64, BigInt(start + byteLength), true);
  view.setUint32(76, 0x06_05_4b_50, true);
  view.setUint16(86, 0xff_ff, true);
  view.setUint32(88, 0xff_ff_ff_ff, true);
  view.setUint32(92, 0xff_ff_ff_ff, true);
  return new Uint8Array(view.buffer);
}

describe('openTar', () => {
  it.each(['gnu.tar', 'pax.tar'])('reads %s of another program', async (name) => {
    await expectFixture(await openTar(fixture(name)));
  });

  it.each(['1', '2', '3', '6', 'S'])('refuses a member of type %s: links, devices, holes', async (type) => {
    const header = Uint8Array.from(writeTarHeader('passwd', 0));
    const before = header[156] ?? 0;
    header[156] = type.charCodeAt(0);
    const sum = Number.parseInt(new TextDecoder().decode(header.subarray(148, 154)), 8) - before + type.charCodeAt(0);
    header.set(new TextEncoder().encode(sum.toString(8).padStart(6, '0')), 148);
    await expect(openTar(source(Buffer.concat([header, new Uint8Array(1024)])))).rejects.toThrow(/is a link, device/u);
  });

  it('lets the later of two members with one name count', async () => {
    const packed = await collect(writeTar([bytesFile('a.txt', 'old'), bytesFile('./a.txt', 'newer')]));
    expect(await textsOf(await openTar(source(packed)))).toEqual({ 'a.txt': 'newer' });
  });

  const shared = new URL('../../../../shared/data/coco/dev.tar', import.meta.url);
  it.runIf(existsSync(shared))('lists COCO’s sample archive with places of its pictures', async () => {
    const bytes = readFileSync(shared);
    const members = await listTar(memorySource('dev.tar', bytes));
    expect(members).toHaveLength(189);
    for (const { start } of members) expect([...bytes.subarray(start, start + 2)]).toEqual([0xff, 0xd8]);
  });

  it('says what to do with packed archives', async () => {
    const packed = new Uint8Array(2048);
    packed.set([0x1f, 0x8b, 8]);
    await expect(openTar(source(packed))).rejects.toThrow(/unpack it to \.tar first/u);
  });

  it('refuses more members than are allowed', async () => {
    const packed = await collect(writeTar(['a', 'b', 'c'].map((path) => bytesFile(path, path))));
    await expect(openTar(source(packed), { entries: 2 })).rejects.toThrow(/more than 2 members/u);
  });
});

async function expectFixture(entries: readonly FileEntry[]): Promise<void> {
  expect(await textsOf(entries)).toEqual({
    'packed.txt': 'caption '.repeat(2000),
    'été/deep/ü 1.txt': 'one\r\ntwo',
    [`long/${'x'.repeat(90)}/${'y'.repeat(60)}.txt`]: 'far away',
  });
}
