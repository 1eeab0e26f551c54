/**
 * @file Puts captions and tags back into a COCO file. What else is in it stays as it is written: info, licences, other members of pictures and
 * annotations, and annotations that are no captions.
 */

import { readName } from '../caption-record.ts';
import { distinct, readMembers } from '../read/dataset-row.ts';
import { createPictureFinder } from '../read/find-picture.ts';
import { byImageId, cocoList, editList, largestId, type CocoElement, type CocoList } from './coco-lists.ts';
import { editText, setMembers } from './json-members.ts';
import { isSameList, type Saying } from './merge-object.ts';
import type { MergedTable, TableText } from './merged-table.ts';
import { isSurely } from './placed-rows.ts';

/** Puts what pictures say into the text of a COCO file. */
export function mergeCoco(table: TableText, pictures: readonly string[], sayingOf: (path: string) => Saying | null): MergedTable {
  const { text } = table;
  const images = cocoList(text, 'images');
  const annotations = cocoList(text, 'annotations');
  const byImage = byImageId(annotations);
  const changed: string[] = [];
  const left: { path: string; reason: string }[] = [];
  const imageTexts = new Map<CocoElement, string | null>();
  const captionTexts = new Map<CocoElement, string | null>();
  const added: Record<string, unknown>[] = [];
  for (const { picture, image, id } of placeImages(table, images, { byImage, pictures })) {
    const saying = sayingOf(picture);
    if (saying === null) continue;
    const members = changedMembers(readMembers('', image?.value ?? {}), saying);
    if (members.size > 0 && image === null)
      left.push({ path: picture, reason: 'is not among the images of the file, so there is no place for tags' });
    if (members.size > 0 && image !== null) imageTexts.set(image, setMembers(text.slice(image.start, image.end), members));
    const own = (byImage.get(id) ?? []).filter(({ value }) => typeof value['caption'] === 'string');
    const change = changeCaptions(own, distinct(saying.captions));
    for (const [element, put] of change.texts) captionTexts.set(element, rewrite(text, element, put));
    const number = image?.value['id'] ?? own[0]?.value['image_id'];
    added.push(...change.added.map((caption) => ({ image_id: number, caption })));
    if (change.texts.size + change.added.length > 0 || (members.size > 0 && image !== null)) changed.push(picture);
  }
  const first = largestId(annotations) + 1;
  const rows = added.map((one, i) => JSON.stringify({ id: first + i, ...one }));
  const edits = [
    ...editList(text, images, { texts: imageTexts, added: [] }),
    ...editList(text, annotations, { texts: captionTexts, added: rows }),
  ];
  return { text: editText(text, edits), changed, left };
}

/** A picture in a COCO file. */
interface PlacedImage {
  readonly picture: string;
  /** Its entry; null where only captions name its number. */
  readonly image: CocoElement | null;
  readonly id: string;
}

interface ImageSearch {
  readonly byImage: ReadonlyMap<string | undefined, unknown>;
  readonly pictures: readonly string[];
}

/** Finds the pictures that a file tells of. */
export function placeImages({ path }: TableText, images: CocoList, { byImage, pictures }: ImageSearch): readonly PlacedImage[] {
  const find = createPictureFinder(pictures);
  const named = images.elements.map((image) => ({ image, id: readName(image.value['id']), file: readName(image.value['file_name']) }));
  const known = new Set(named.map(({ id }) => id));
  const unnamed = [...byImage.keys()].filter((id) => !known.has(id)).map((id) => ({ image: null, id, file: id }));
  return [...named, ...unnamed].flatMap(({ image, id, file = id }) => {
    if (id === undefined || file === undefined) return [];
    const picture = find({ file, id }, path);
    return picture !== null && isSurely(picture, file) ? [{ picture, image, id }] : [];
  });
}

function changedMembers(
  row: { readonly tags: readonly string[]; readonly split: string | null },
  { tags, split = row.split }: Saying,
): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ...(isSameList(row.tags, tags) ? [] : [['tags', tags] as const]),
    ...(split === null || split === row.split ? [] : [['split', split] as const]),
  ]);
}

interface CaptionChange {
  readonly texts: ReadonlyMap<CocoElement, string | null>;
  readonly added: readonly string[];
}

/** Each caption keeps its annotation, in their order; where only some go away, the others stay where they are. */
function changeCaptions(own: readonly CocoElement[], captions: readonly string[]): CaptionChange {
  const saidBy = (element: CocoElement): string => String(element.value['caption']);
  const before = distinct(own.map(saidBy));
  const texts = new Map<CocoElement, string | null>();
  if (isSameList(before, captions)) return { texts, added: [] };
  const kept = before.filter((text) => captions.includes(text));
  const becomes = isSameList(kept, captions)
    ? new Map(before.map((text) => [text, captions.includes(text) ? text : null]))
    : new Map(before.map((text, i) => [text, captions[i] ?? null]));
  const more = captions.slice(isSameList(kept, captions) ? captions.length : before.length);
  const blank = own.filter((element) => saidBy(element) === '');
  for (const element of own) {
    const put = becomes.get(saidBy(element));
    if (put !== undefined && put !== saidBy(element)) texts.set(element, put);
  }
  for (const element of blank.slice(0, more.length)) texts.set(element, more.shift() ?? null);
  return { texts, added: more };
}

/** An annotation that says more than a caption stays without it. */
function rewrite(text: string, { start, end, value }: CocoElement, caption: string | null): string | null {
  const saysMore = Object.keys(value).some((key) => !['id', 'image_id', 'caption'].includes(key));
  return caption === null && !saysMore ? null : setMembers(text.slice(start, end), new Map([['caption', caption ?? '']]));
}
