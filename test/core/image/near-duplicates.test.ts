/** @file Pictures that look alike. */
import { describe, expect, it } from 'vitest';
import { countDifferences, takeFingerprint, type Fingerprint } from '../../../src/core/image/fingerprint.ts';
import { findNearDuplicates } from '../../../src/core/image/near-duplicates.ts';
import { cropPicture, type Picture } from '../../../src/core/image/picture.ts';
import { resizePicture } from '../../../src/core/image/resize.ts';
import { decodePhoto } from '../../helpers/decode-photo.ts';

const photos = ['skimage_astronaut', 'skimage_camera', 'skimage_chelsea', 'skimage_coffee', 'skimage_rocket'];

const brighter = ({ width, height, data }: Picture): Picture => ({ width, height, data: data.map((value) => Math.min(255, value + 6)) });

describe('findNearDuplicates', () => {
  it('finds a photo resized, brightened and cut at its edge, and no other', async () => {
    const pictures = await Promise.all(
      photos.map(
        async (name) => [name, await decodePhoto(new URL(`../../../public/samples/${name}.jpg`, import.meta.url).pathname)] as const,
      ),
    );
    const all = pictures.flatMap(([name, picture]) => [
      { path: name, picture },
      { path: `${name} small`, picture: resizePicture(picture, { width: 120, height: 90 }) },
      { path: `${name} bright`, picture: brighter(picture) },
      { path: `${name} cut`, picture: cropPicture(picture, { top: 2, left: 2, width: picture.width - 4, height: picture.height - 4 }) },
    ]);
    const groups = findNearDuplicates(all.map(({ path, picture }) => ({ path, fingerprint: takeFingerprint(picture) })));
    expect(groups).toEqual(photos.map((name) => [name, `${name} small`, `${name} bright`, `${name} cut`]));
  });

  it('tells plain colours apart', () => {
    const plain = (value: number): Fingerprint => takeFingerprint({ width: 8, height: 8, data: new Uint8Array(192).fill(value) });
    const pictures = [0, 5, 200].map((value) => ({ path: String(value), fingerprint: plain(value) }));
    expect(findNearDuplicates(pictures)).toEqual([['0', '5']]);
  });

  it('finds what comparing each with each finds, among thousands', () => {
    let seed = 1;
    const next = (): number => (seed = Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const base = Array.from({ length: 300 }, (): Fingerprint => ({ bits: [next(), next()], colors: [1] }));
    const changed = base.map(({ bits }, i): Fingerprint => {
      let [upper, lower] = bits;
      for (let n = 0; n < i % 9; n++) {
        const bit = next() % 64;
        if (bit < 32) upper = (upper ^ (1 << bit)) >>> 0;
        else lower = (lower ^ (1 << (bit - 32))) >>> 0;
      }
      return { bits: [upper, lower], colors: [1] };
    });
    const all = [...base, ...changed].map((fingerprint, i) => ({ path: String(i), fingerprint }));
    const pairs = base.flatMap((one, i) => {
      const other = changed[i];
      return other !== undefined && countDifferences(one, other) <= 5 ? [[String(i), String(i + base.length)]] : [];
    });
    expect(pairs.length).toBeGreaterThan(100);
    expect(findNearDuplicates(all)).toEqual(pairs);
  });
});
