/** @file WebDataset: shards of pictures with a text and a JSON beside each, all of one key. @source webdataset 1.0, tariterators.py: the key ends at the first dot */

import { stemOf } from '../item.ts';
import { endText } from './sidecars.ts';
import { freeOf } from './json-lines.ts';
import { plainText, textOf, textsOf, type ExportItem, type PlannedFile } from './export-item.ts';

/** One archive of a sharded export. */
export interface Shard {
  readonly name: string;
  readonly files: readonly PlannedFile[];
}

/** So many pictures go into a shard. */
const picturesInShard = 1000;

/** A shard holds no more than this where pictures are large. @unit bytes */
const maxShardBytes = 10 ** 9;

/** Plans the shards, those of each split by themselves: `train-000000.tar`. */
export function planShards(rows: readonly ExportItem[]): readonly Shard[] {
  const bySplit = new Map<string, ExportItem[]>();
  for (const row of rows) {
    const split = row.item.split ?? 'data';
    const known = bySplit.get(split);
    if (known === undefined) bySplit.set(split, [row]);
    else known.push(row);
  }
  return [...bySplit].flatMap(([split, some]) =>
    cut(some).map((part, i) => ({
      name: `${split.replaceAll(/[^\w-]/gu, '_')}-${String(i).padStart(6, '0')}.tar`,
      files: part.flatMap(planMembers),
    })),
  );
}

/** The files of one picture; its JSON has everything, for readers that want more than the text. */
function planMembers(row: ExportItem): readonly PlannedFile[] {
  const key = stemOf(row.path);
  const { item, path } = row;
  const texts = textsOf(row);
  const facts = {
    ...freeOf(item.metadata),
    ...(texts.length > 0 ? { captions: texts } : {}),
    ...(item.tags.length > 0 ? { tags: item.tags } : {}),
    ...(item.split === null ? {} : { split: item.split }),
    ...(item.path === path ? {} : { original_path: item.path }),
  };
  return [
    { kind: 'picture', path, from: item.path },
    ...(texts.length > 0 ? [plainText(`${key}.txt`, bareText(textOf(row)))] : []),
    plainText(`${key}.json`, `${JSON.stringify(facts)}\n`),
  ];
}

/** Readers of WebDataset take a text as it is, the line end of a text file included; only where a text could not be told from it, it is there. */
function bareText(text: string): string {
  return /^\uFEFF|\n$/u.test(text) ? endText(text) : text;
}

function cut(rows: readonly ExportItem[]): readonly (readonly ExportItem[])[] {
  const parts: ExportItem[][] = [];
  let byteLength = Infinity;
  for (const row of rows) {
    const next = row.item.byteLength ?? 0;
    const last = parts.at(-1);
    if (last === undefined || last.length >= picturesInShard || byteLength + next > maxShardBytes) {
      parts.push([row]);
      byteLength = next;
    } else {
      last.push(row);
      byteLength += next;
    }
  }
  return parts;
}
