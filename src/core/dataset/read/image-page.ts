/** @file Pictures and their alternative texts out of a web page. */

import { makeRow, type DatasetRow } from './dataset-row.ts';

/** Reads the pictures of a page; a page that was written by this program gives back what was put in. */
export function readImagePage(html: string): readonly DatasetRow[] {
  const rows: DatasetRow[] = [];
  for (const { 0: tag } of html.matchAll(/<img\s(?:[^"'>]|"[^"]*"|'[^']*')*>/giu)) {
    const attributes = readAttributes(tag);
    const file = attributes.get('data-path') ?? readAddress(attributes.get('src') ?? '');
    const alt = attributes.get('alt') ?? '';
    if (file !== '') rows.push(makeRow(file, { captions: alt === '' ? [] : [alt] }));
  }
  return rows;
}

function readAttributes(tag: string): ReadonlyMap<string, string> {
  const pattern = /(?<name>[a-z][\w-]*)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>[^\s"'>]+))/giu;
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
