/** @file The lists of a COCO file where they stand in its text. */

import { isMembers, readName, type Members } from '../caption-record.ts';
import { listElements, listMembers, type TextEdit, type TextSpan } from './json-members.ts';

/** An element of one of COCO's lists, and where it stands. */
export interface CocoElement extends TextSpan {
  readonly value: Members;
}

/** One of COCO's lists. */
export interface CocoList {
  /** Where its brackets stand; null where the file has no such list. */
  readonly span: TextSpan | null;
  readonly elements: readonly CocoElement[];
}

/** Finds one of the lists of a COCO file. */
export function cocoList(text: string, key: string): CocoList {
  const span = listMembers(text).find((member) => member.key === key) ?? null;
  if (span === null) return { span, elements: [] };
  const elements = listElements(text, span.start).map(({ start, end }): CocoElement => {
    const value: unknown = JSON.parse(text.slice(start, end));
    return { start, end, value: isMembers(value) ? value : {} };
  });
  return { span, elements };
}

/** What becomes of the elements of a list: another text, or null for one that goes; and what comes behind them. */
export interface ListChange {
  readonly texts: ReadonlyMap<CocoElement, string | null>;
  readonly added: readonly string[];
}

/** Writes a list anew: elements that stay and what is between them are as they were. */
export function editList(text: string, { span, elements }: CocoList, { texts, added }: ListChange): readonly TextEdit[] {
  if (span === null || (texts.size === 0 && added.length === 0)) return [];
  const [first, second] = elements;
  const lead = text.slice(span.start + 1, first?.start ?? span.start + 1);
  const gap = first !== undefined && second !== undefined ? text.slice(first.end, second.start) : ',\n';
  const tail = text.slice(elements.at(-1)?.end ?? span.end - 1, span.end);
  const parts: string[] = [];
  for (const [i, element] of elements.entries()) {
    const put = texts.get(element);
    if (put === null) continue;
    const before = parts.length === 0 ? lead : i === 0 ? '' : text.slice(elements[i - 1]?.end ?? element.start, element.start);
    parts.push(before, put ?? text.slice(element.start, element.end));
  }
  for (const put of added) parts.push(parts.length === 0 ? lead : gap, put);
  return [{ ...span, text: `[${parts.join('')}${tail}` }];
}

/** The largest number that names an element; new ones count on from it. */
export function largestId(list: CocoList): number {
  return list.elements.reduce((most, { value }) => (typeof value['id'] === 'number' ? Math.max(most, value['id']) : most), 0);
}

/** Groups annotations by the number of their picture. */
export function byImageId({ elements }: CocoList): ReadonlyMap<string | undefined, readonly CocoElement[]> {
  const groups = new Map<string | undefined, CocoElement[]>();
  for (const element of elements) {
    const id = readName(element.value['image_id']);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [element]);
    else group.push(element);
  }
  return groups;
}
