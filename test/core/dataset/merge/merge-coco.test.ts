import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Saying } from '../../../../src/core/dataset/merge/merge-object.ts';
import { mergeTable } from '../../../../src/core/dataset/merge/merge-table.ts';
import type { MergedTable } from '../../../../src/core/dataset/merge/merged-table.ts';
import { readDatasetTable } from '../../../../src/core/dataset/read/read-table.ts';

/** As COCO has them, with what programs add to such files: areas and people among the captions, big numbers, spelling of its own. */
const coco = `{
  "info": {"year": 2017, "contributor": "COCO Consortium", "url": "http:\\/\\/cocodataset.org", "big": 12345678901234567890},
  "licenses": [{"id": 1, "name": "By", "url": "x"}],
  "images": [
    {"license": 1, "file_name": "a.jpg", "coco_url": "u", "height": 480, "width": 640.0, "id": 11},
    {"file_name": "sub/b b.png", "id": 12},
    {"file_name": "gone.jpg", "id": 13}
  ],
  "annotations": [
    {"image_id": 11, "id": 48, "caption": "A cat."},
    {"image_id": 11, "id": 51, "bbox": [1.0, 2, 3, 4], "segmentation": [[1.50, 2]], "category_id": 18, "iscrowd": 0},
    {"image_id": 11, "id": 67, "caption": "A cat sits.", "score": 0.50},
    {"image_id": 12, "id": 70, "caption": "B"},
    {"image_id": 13, "id": 71, "caption": "of nobody"}
  ],
  "categories": [{"id": 18, "name": "dog"}]
}
`;
const pictures = ['set/a.jpg', 'set/sub/b b.png'];

function merge(sayings: Readonly<Record<string, Partial<Saying>>>, text = coco): MergedTable {
  return mergeTable({ path: 'set/captions.json', text }, pictures, (path) =>
    sayings[path] === undefined ? null : { captions: [], tags: [], ...sayings[path] },
  );
}

describe('a COCO file that captions go back into', () => {
  it('gets changed captions where they stand, and keeps every other sign', () => {
    const merged = merge({ 'set/a.jpg': { captions: ['A "new"\ncat 🐈', 'A cat sits.'] }, 'set/sub/b b.png': { captions: ['B'] } });
    expect(merged.text).toBe(coco.replace('"A cat."', String.raw`"A \"new\"\ncat 🐈"`));
    expect([merged.changed, merged.left]).toEqual([['set/a.jpg'], []]);
  });

  it('gets more captions behind the others, counted on', () => {
    const merged = merge({ 'set/sub/b b.png': { captions: ['B', 'B two', 'B three'] } });
    expect(merged.text).toBe(
      coco.replace(
        '"of nobody"}',
        '"of nobody"},\n    {"id":72,"image_id":12,"caption":"B two"},\n    {"id":73,"image_id":12,"caption":"B three"}',
      ),
    );
  });

  it('loses a caption that was taken away, and keeps an annotation that says more', () => {
    expect(merge({ 'set/a.jpg': { captions: ['A cat sits.'] } }).text).toBe(
      coco.replace('{"image_id": 11, "id": 48, "caption": "A cat."},\n    ', ''),
    );
    expect(merge({ 'set/a.jpg': { captions: ['A cat.'] } }).text).toBe(coco.replace('"A cat sits."', '""'));
    const all = merge({ 'set/a.jpg': {}, 'set/sub/b b.png': {} });
    expect(JSON.parse(all.text)).toMatchObject({ annotations: [{ id: 51 }, { id: 67, caption: '' }, { id: 71 }] });
  });

  it('keeps tags in the picture’s own entry', () => {
    const merged = merge({ 'set/sub/b b.png': { captions: ['B'], tags: ['x', 'y z'] } });
    expect(merged.text).toBe(coco.replace('"id": 12}', '"id": 12, "tags": ["x","y z"]}'));
  });

  it('leaves captions that say the same twice', () => {
    const twice = coco.replace('"A cat sits."', '"A cat."');
    expect(merge({ 'set/a.jpg': { captions: ['A cat.'] } }, twice).text).toBe(twice);
    expect(merge({ 'set/a.jpg': { captions: ['A dog.'] } }, twice).text).toBe(twice.replaceAll('"A cat."', '"A dog."'));
  });

  it('gives back what was put in, whatever it says', () => {
    for (const text of ['Two\nlines', '=1+1', '<b>x</b> \u2028', 'naïve 🐈', ' blanks ']) {
      const { rows } = readDatasetTable('captions.json', merge({ 'set/a.jpg': { captions: [text, 'other'] } }).text);
      expect(rows.find(({ file }) => file === 'a.jpg')?.captions).toEqual([text, 'other']);
    }
  });

  it('says what was put in, with numbers of its own for each, and nothing else changes, whatever was there', () => {
    const texts = fc.array(fc.oneof(fc.constantFrom('a', 'b', '', '"', '}],[{'), fc.string({ unit: 'grapheme' })), { maxLength: 4 });
    const pair = fc.record({
      old: texts,
      next: fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 4 }),
      box: fc.boolean(),
    });
    fc.assert(
      fc.property(pair, pair, fc.constantFrom(0, 1, 2), (first, second, indent) => {
        let id = 40;
        const annotations = [first, second].flatMap(({ old, box }, i) => [
          ...old.map((caption) => ({ image_id: 11 + i, id: ++id, caption })),
          ...(box ? [{ id: ++id, image_id: 11 + i, bbox: [1, 2, 3, 4] }] : []),
        ]);
        const file = {
          info: { x: '],[' },
          images: pictures.map((path, i) => ({ id: 11 + i, file_name: path.slice(4) })),
          annotations,
          more: [[]],
        };
        const keepsOne = annotations.some((one) => 'caption' in one);
        fc.pre(keepsOne); // otherwise it is no file of captions
        const merged = merge(
          { 'set/a.jpg': { captions: first.next }, 'set/sub/b b.png': { captions: second.next } },
          JSON.stringify(file, null, indent),
        );
        const after = JSON.parse(merged.text) as typeof file;
        const captionsOf = (imageId: number): readonly unknown[] =>
          after.annotations.flatMap((one) => ('caption' in one && one.image_id === imageId && one.caption !== '' ? [one.caption] : []));
        expect([new Set(captionsOf(11)), new Set(captionsOf(12))]).toEqual([new Set(first.next), new Set(second.next)]);
        expect(new Set(after.annotations.map((one) => one.id)).size).toBe(after.annotations.length);
        const rest = ({ annotations: all, ...others }: typeof file): unknown => [others, all.filter((one) => !('caption' in one))];
        expect(rest(after)).toEqual(rest(file));
      }),
    );
  });

  it('puts tags of a picture that only a number names nowhere, and says so', () => {
    const numbers = '{"annotations":[{"image_id":7,"caption":"x","id":1}]}';
    const merged = mergeTable({ path: 'captions.json', text: numbers }, ['000007.jpg'], () => ({ captions: ['y'], tags: ['t'] }));
    expect(merged.text).toBe(numbers.replace('"x"', '"y"'));
    expect(merged.left).toMatchObject([{ path: '000007.jpg', reason: /no place for tags/u }]);
  });
});
