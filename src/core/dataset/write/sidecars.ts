/** @file Texts beside pictures. */

import { joinLines } from '../clean/clean-caption.ts';
import { stemOf } from '../item.ts';
import { plainText, textOf, textsOf, type ExportItem, type PlannedFile } from './export-item.ts';

/** What a sidecar says. */
export type SidecarText = 'caption' | 'tags' | 'caption, tags' | 'tags, caption' | 'captions';

/** How sidecars are written. */
export interface SidecarWriting {
  readonly ending: '.txt' | '.caption';
  readonly says: SidecarText;
  /** Where tags go into a file of their own. */
  readonly tagEnding: '.txt' | null;
}

/** Plans the sidecars of pictures; a picture without text gets none. Where two pictures have one stem, the later keeps its whole name. */
export function planSidecars(rows: readonly ExportItem[], { ending, says, tagEnding }: SidecarWriting): readonly PlannedFile[] {
  const stems = new Set<string>();
  return rows.flatMap((row) => {
    const stem = stemOf(row.path);
    const base = stems.has(stem) ? row.path : stem;
    stems.add(stem);
    const text = sayText(row, says);
    const { tags } = row.item;
    return [
      // Tags alone are told from a caption by the caption beside them, be it empty.
      ...(text === '' && (tagEnding === null || tags.length === 0) ? [] : [plainText(base + ending, endText(text))]),
      // A comma behind a single tag tells it from a caption.
      ...(tagEnding === null || tags.length === 0
        ? []
        : [plainText(base + tagEnding, `${tags.join(', ')}${tags.length === 1 ? ',' : ''}\n`)]),
    ];
  });
}

/** Ends a text as text files end, so that reading gives back every character of it. */
export function endText(text: string): string {
  // A decoder takes a mark at the beginning for itself, and a reader the return before the last line end.
  return `${text.startsWith('\uFEFF') ? '\uFEFF' : ''}${text}${text.endsWith('\r') ? '\r\n' : '\n'}`;
}

function sayText(row: ExportItem, says: SidecarText): string {
  const tags = row.item.tags.join(', ');
  switch (says) {
    case 'caption':
      return textOf(row);
    case 'captions':
      return textsOf(row).map(joinLines).join('\n');
    case 'tags':
      return tags;
    case 'caption, tags':
      return [textOf(row), tags].filter((part) => part !== '').join(', ');
    case 'tags, caption':
      return [tags, textOf(row)].filter((part) => part !== '').join(', ');
    default:
      return says satisfies never;
  }
}
