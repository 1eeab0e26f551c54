import { describe, expect, it } from 'vitest';
import { makeThumbnail } from '../../workers/thumbnail.ts';

async function drawn(width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.fillRect(0, 0, width / 2, height);
  return canvas.convertToBlob({ type: 'image/png' });
}

describe('makeThumbnail', () => {
  it('tells the size of the original and makes the longer edge as long as asked', async () => {
    const thumbnail = await makeThumbnail({ name: 'wide.png', file: await drawn(800, 200), maxEdge: 320 });
    expect([thumbnail.width, thumbnail.height]).toEqual([800, 200]);
    const small = await createImageBitmap(thumbnail.blob);
    expect([small.width, small.height]).toEqual([320, 80]);
  });

  it('does not blow up small pictures', async () => {
    const { blob } = await makeThumbnail({ name: 'small.png', file: await drawn(40, 30), maxEdge: 320 });
    expect((await createImageBitmap(blob)).width).toBe(40);
  });

  it('names a file that is no picture', async () => {
    const failing = makeThumbnail({ name: 'notes.jpg', file: new Blob(['no picture']), maxEdge: 320 });
    await expect(failing).rejects.toMatchObject({ code: 'picture-invalid', message: expect.stringContaining('notes.jpg') as string });
  });

  it('says that an empty file is empty', async () => {
    await expect(makeThumbnail({ name: 'a.jpg', file: new Blob([]), maxEdge: 320 })).rejects.toThrow('empty');
  });
});
