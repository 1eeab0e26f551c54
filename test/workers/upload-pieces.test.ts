/** @file Buffers of the GPU that are filled piece by piece. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../workers/device.ts';
import { uploadPieces } from '../../workers/upload-pieces.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => {
  device.destroy();
});

async function readBack(buffer: GPUBuffer): Promise<Uint8Array> {
  const copy = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(copy.getMappedRange()).slice();
  copy.destroy();
  return bytes;
}

describe('uploadPieces', () => {
  it('puts pieces one after another, and rounds the buffer up', async () => {
    const buffer = await uploadPieces(device, { name: 'w', size: 11 }, [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8, 9, 10, 11)]);
    expect([...(await readBack(buffer))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0, 0]);
  });

  it('takes views of longer arrays and floats', async () => {
    const floats = Float32Array.of(1, 2, 3, 4);
    const buffer = await uploadPieces(device, { name: 'w', size: 8 }, [floats.subarray(1, 3)]);
    expect([...new Float32Array((await readBack(buffer)).buffer, 0, 2)]).toEqual([2, 3]);
  });

  it('waits for the GPU where much is on its way, and loses nothing', async () => {
    const piece = 8 * 2 ** 20;
    const pieces = Array.from({ length: 12 }, (_, i) => new Uint8Array(piece).fill(i + 1));
    const buffer = await uploadPieces(device, { name: 'w', size: 12 * piece }, pieces);
    const bytes = await readBack(buffer);
    expect(pieces.map((_, i) => [bytes[i * piece], bytes[(i + 1) * piece - 1]])).toEqual(pieces.map((_, i) => [i + 1, i + 1]));
  });

  it.each([
    ['fewer', 4],
    ['more', 12],
  ])('refuses %s bytes than were told', async (_, length) => {
    await expect(uploadPieces(device, { name: 'w', size: 8 }, [new Uint8Array(length)])).rejects.toMatchObject({ code: 'internal' });
  });

  it('names a weight that no buffer of this GPU can hold', async () => {
    const upload = uploadPieces(device, { name: 'embeddings', size: 2 ** 40 }, []);
    await expect(upload).rejects.toMatchObject({ code: 'out-of-memory', message: expect.stringContaining('embeddings') as string });
  });
});
