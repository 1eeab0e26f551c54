/** @file Files of the browser read into memory that is used again. */
import { describe, expect, it } from 'vitest';
import { blobFiles, blobSource } from '../../workers/blob-files.ts';

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const blob = new Blob([bytes]);

describe('readInto', () => {
  it('gives what slice gives, from one memory for all readings', async () => {
    const source = blobSource('w', blob);
    let memory = new ArrayBuffer(200_000);
    for (const [start, end] of [
      [0, 200_000],
      [200_000, 300_000],
      [5, 9],
      [300_000, 300_000],
    ] as const) {
      const piece = await source.readInto?.(memory, start, end);
      expect(piece).toEqual(await source.slice(start, end));
      memory = piece?.buffer ?? memory;
      expect(memory.byteLength).toBe(200_000);
    }
  });

  it('refuses a range that is outside of the file, by name', async () => {
    const reading = blobSource('weights-000.bin', blob).readInto?.(new ArrayBuffer(8), 299_999, 300_004);
    await expect(reading).rejects.toMatchObject({ code: 'file-invalid', message: expect.stringContaining('weights-000.bin') as string });
  });

  it('counts what it reads as slice does', async () => {
    let read = 0;
    const files = blobFiles('m', [{ path: 'w', file: new File([bytes], 'w') }], (count) => (read += count));
    const source = await files.open('w');
    await source?.readInto?.(new ArrayBuffer(100), 0, 100);
    await source?.slice(0, 11);
    expect(read).toBe(111);
  });
});
