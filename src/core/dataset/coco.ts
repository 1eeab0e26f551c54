/** @file COCO's annotation files: captions of pictures, and the objects in them. */

import { createRecordCollector, invalidFile, isMembers, readName, type CaptionRecord, type Members } from './caption-record.ts';

/**
 * Reads the captions of a parsed COCO captions file; among captions, annotations of other things are passed over. Pictures without a name in
 * `images` go by their number.
 *
 * @throws {StudioError} 'file-invalid', naming the annotation
 */
export function parseCocoCaptions(name: string, value: unknown): readonly CaptionRecord[] {
  const files = readFileNames(name, value);
  const collector = createRecordCollector();
  const annotations = readList(name, value, 'annotations');
  const hasCaptions = annotations.some((annotation) => 'caption' in annotation);
  for (const [i, annotation] of annotations.entries()) {
    const id = readName(annotation['image_id']);
    const caption = annotation['caption'];
    if (hasCaptions && !('caption' in annotation)) continue; // an object or a person among captions

    if (id === undefined || typeof caption !== 'string') {
      throw invalidFile({ name }, `annotation ${String(i + 1)} lacks image_id or caption; is this a file of captions?`);
    }
    collector.add(files.get(id) ?? id, [caption], id);
  }
  return collector.records();
}

/** A picture's objects by the names of their categories. */
export interface ObjectRecord {
  readonly file: string;
  readonly objects: readonly string[];
  readonly id: string;
}

/**
 * Reads the objects of a parsed COCO instances file; a picture that is listed without objects has an empty list.
 *
 * @throws {StudioError} 'file-invalid', naming the annotation
 */
export function parseCocoInstances(name: string, value: unknown): readonly ObjectRecord[] {
  const files = readFileNames(name, value);
  const categories = new Map(
    readList(name, value, 'categories').map((category) => [readName(category['id']), readName(category['name'])] as const),
  );
  const objects = new Map<string, Set<string>>([...files.keys()].map((id) => [id, new Set()]));
  for (const [i, annotation] of readList(name, value, 'annotations').entries()) {
    const id = readName(annotation['image_id']);
    const category = categories.get(readName(annotation['category_id']));
    if (id === undefined || category === undefined) {
      throw invalidFile({ name }, `annotation ${String(i + 1)} lacks image_id or a known category_id; is this a file of instances?`);
    }
    const known = objects.get(id) ?? new Set();
    objects.set(id, known.add(category));
  }
  return [...objects].map(([id, names]) => ({ file: files.get(id) ?? id, objects: [...names], id }));
}

/** Reads which file each id stands for; the same picture may be listed twice, as in joined files, but an id never stands for two. */
function readFileNames(name: string, value: unknown): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  if (!isMembers(value) || value['images'] === undefined) return files;
  for (const image of readList(name, value, 'images')) {
    const id = readName(image['id']);
    const file = readName(image['file_name']);
    if (id === undefined) continue;
    const before = files.get(id);
    const now = file ?? id;
    if (before !== undefined && before !== now) {
      throw invalidFile(
        { name },
        `gives the id ${id} to two pictures, ${before} and ${now}; number the pictures anew, so that each has its own id`,
      );
    }
    files.set(id, now);
  }
  return files;
}

function readList(name: string, value: unknown, key: string): readonly Members[] {
  const list = isMembers(value) ? value[key] : undefined;
  if (!Array.isArray(list) || !list.every(isMembers)) throw invalidFile({ name }, `has no list "${key}" of objects, as COCO's files do`);
  return list;
}
