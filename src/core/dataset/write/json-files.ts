/** @file JSON files of a whole data set, written a row at a time: COCO captions and results, kohya's metadata. */

import { stemOf } from '../item.ts';
import { numberOf, stem } from '../match-names.ts';
import { freeOf } from './json-lines.ts';
import { textOf, textsOf, type ExportItem } from './export-item.ts';

/** Writes a COCO captions file; tags, split and further members stand in the pictures' rows, where COCO's readers pass over them. */
export function* writeCoco(rows: readonly ExportItem[]): Generator<string> {
  const ids = numbersOf(rows);
  yield '{"info":{},"licenses":[],"images":[\n';
  yield* joinRows(rows, ({ item, path }, i) => {
    const { tags, split, metadata } = item;
    return { ...freeOf(metadata), id: ids[i], file_name: path, ...(tags.length > 0 ? { tags } : {}), ...(split === null ? {} : { split }) };
  });
  yield '],"annotations":[\n';
  const annotations = rows.flatMap((row, i) => textsOf(row).map((caption) => ({ image_id: ids[i], caption })));
  yield* joinRows(annotations, (annotation, i) => ({ id: i + 1, ...annotation }));
  yield ']}\n';
}

/** Writes COCO results, which name a picture by its number: that of the data set or that in its name; where it has none, by its path. */
export function* writeCocoResults(rows: readonly ExportItem[]): Generator<string> {
  const numberOfRow = ({ item, path }: ExportItem): string | null => item.id ?? numberOf(stem(path));
  const counts = new Map<string | null, number>();
  for (const row of rows) counts.set(numberOfRow(row), (counts.get(numberOfRow(row)) ?? 0) + 1); // those without a caption have numbers, too
  const captioned = rows.filter((row) => textOf(row) !== '');
  yield '[\n';
  yield* joinRows(captioned, (row) => {
    const number = numberOfRow(row);
    const isPlain = number !== null && counts.get(number) === 1 && /^(?:0|[1-9]\d{0,14})$/u.test(number);
    return { image_id: isPlain ? Number(number) : row.path, caption: textOf(row) };
  });
  yield ']\n';
}

/**
 * Writes kohya's metadata: an object from picture to caption, tags between commas and further members. A picture goes by its path without the
 * ending, which is looked for below the folder of pictures; where that could mean another picture, too, it goes by its whole path.
 *
 * @source kohya-ss/sd-scripts, library/train_util.py: FineTuningDataset
 */
export function* writeKohya(rows: readonly ExportItem[]): Generator<string> {
  const stems = new Map<string, number>();
  for (const { path } of rows) stems.set(stemOf(path), (stems.get(stemOf(path)) ?? 0) + 1);
  const paths = new Set(rows.map(({ path }) => path));
  const keyOf = (path: string): string => (stems.get(stemOf(path)) === 1 && !paths.has(stemOf(path)) ? stemOf(path) : path);
  yield '{\n';
  for (const [i, row] of rows.entries()) {
    const { tags, split, metadata } = row.item;
    const caption = textOf(row);
    const value = {
      ...freeOf(metadata),
      ...(caption === '' ? {} : { caption }),
      ...(tags.length > 0 ? { tags: tags.join(', ') } : {}),
      ...(split === null ? {} : { split }),
    };
    yield `${JSON.stringify(keyOf(row.path))}: ${JSON.stringify(value)}${i < rows.length - 1 ? ',' : ''}\n`;
  }
  yield '}\n';
}

/** The data set's own numbers where all pictures have one, otherwise 1, 2, 3. */
function numbersOf(rows: readonly ExportItem[]): readonly number[] {
  const own = rows.map(({ item }) => (item.id !== null && /^\d{1,15}$/u.test(item.id) ? Number(item.id) : Number.NaN));
  const areOwn = own.every((number) => !Number.isNaN(number)) && new Set(own).size === own.length;
  return areOwn ? own : rows.map((_, i) => i + 1);
}

function* joinRows<T>(rows: readonly T[], toRow: (row: T, i: number) => object): Generator<string> {
  for (const [i, row] of rows.entries()) yield `${JSON.stringify(toRow(row, i))}${i < rows.length - 1 ? ',' : ''}\n`;
}
