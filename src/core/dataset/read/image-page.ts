/** @file Pictures and their alternative texts out of a web page. */

import { makeRow, type DatasetRow } from './dataset-row.ts';

/** Reads the pictures of a page; a page that was written by this program gives back what was put in. */
export function readImagePage(html: string): readonly DatasetRow[] {
  const rows: DatasetRow[] = [];
  for (const tag of findImages(html)) {
    const attributes = readAttributes(tag);
    const file = attributes.get('data-path') ?? readAddress(attributes.get('src') ?? '');
    const alt = attributes.get('alt') ?? '';
    if (file !== '') rows.push(makeRow(file, { captions: alt === '' ? [] : [alt] }));
  }
  return rows;
}

/** Finds the tags of pictures in one pass: a tag that never ends swallows the rest of a page, as it does in browsers. */
function* findImages(html: string): Generator<string> {
  const start = /<img\s/giu;
  for (let found = start.exec(html); found !== null; found = start.exec(html)) {
    const end = findTagEnd(html, start.lastIndex);
    if (end < 0) return;
    yield html.slice(found.index, end);
    start.lastIndex = end;
  }
}

/** Gives the place behind the `>` that stands in no quotes, or -1. */
function findTagEnd(html: string, from: number): number {
  const sign = /["'>]/gu;
  sign.lastIndex = from;
  for (let found = sign.exec(html); found !== null; found = sign.exec(html)) {
    if (found[0] === '>') return sign.lastIndex;
    const close = html.indexOf(found[0], sign.lastIndex);
    if (close < 0) return -1;
    sign.lastIndex = close + 1;
  }
  return -1;
}

function readAttributes(tag: string): ReadonlyMap<string, string> {
  const pattern = /(?<![\w-])(?<name>[a-z][\w-]*)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>[^\s"'>]+))/giu;
  return new Map(
    Array.from(tag.matchAll(pattern), ({ groups = {} }) => [
      (groups['name'] ?? '').toLowerCase(),
      decodeEntities(groups['double'] ?? groups['single'] ?? groups['bare'] ?? ''),
    ]),
  );
}

/** Addresses have signs of their own escaped; one that is broken is taken as it stands. */
function readAddress(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00A0' };

function decodeEntities(text: string): string {
  return text.replaceAll(
    /&(?:#(?<decimal>\d{1,7})|#x(?<hex>[0-9a-f]{1,6})|(?<name>[a-z]{2,5}));/giu,
    (whole: string, ...rest: unknown[]) => {
      const { decimal, hex, name } = rest.at(-1) as Readonly<Record<'decimal' | 'hex' | 'name', string | undefined>>;
      if (name !== undefined) return named[name] ?? whole;
      const codePoint = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return codePoint <= 0x10_ff_ff ? String.fromCodePoint(codePoint) : whole;
    },
  );
}
