/** @file Pictures of an export that a COCO file does not have yet, with their captions; their numbers count on from those that are there. */

import { readName } from '../caption-record.ts';
import { byImageId, cocoList, editList, largestId } from './coco-lists.ts';
import { editText } from './json-members.ts';
import { placeImages } from './merge-coco.ts';
import type { TableText } from './merged-table.ts';

/** Puts pictures that a file does not tell of behind its images, and their captions behind its annotations. */
export function growCoco(table: TableText, fresh: string, pictures: readonly string[]): string {
  const placed = (text: string): ReturnType<typeof placeImages> =>
    placeImages({ ...table, text }, cocoList(text, 'images'), { byImage: byImageId(cocoList(text, 'annotations')), pictures });
  const here = new Set(placed(table.text).map(({ picture }) => picture));
  const missing = placed(fresh).flatMap(({ picture, image }) => (here.has(picture) || image === null ? [] : [image]));
  const [images, annotations] = [cocoList(table.text, 'images'), cocoList(table.text, 'annotations')];
  const next = largestId(images) + 1;
  const numbers = new Map(missing.map((image, i) => [image, next + i]));
  const first = largestId(annotations) + 1;
  const captions = byImageId(cocoList(fresh, 'annotations'));
  const rows = missing
    .flatMap((image) =>
      (captions.get(readName(image.value['id'])) ?? []).map(({ value }) => ({ image_id: numbers.get(image), caption: value['caption'] })),
    )
    .map((one, i) => JSON.stringify({ id: first + i, ...one }));
  const entries = missing.map((image) => JSON.stringify({ ...image.value, id: numbers.get(image) }));
  return editText(table.text, [
    ...editList(table.text, images, { texts: new Map(), added: entries }),
    ...editList(table.text, annotations, { texts: new Map(), added: rows }),
  ]);
}
