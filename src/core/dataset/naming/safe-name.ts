/**
 * @file Names that every system and trainer takes: Windows, macOS, Linux, archives, shells, tables. What is fine stays as it is.
 *
 * @source Microsoft, Naming Files, Paths, and Namespaces; file systems' limit of 255 bytes a name
 */

import { baseNameOf, endingOf, stemOf } from '../item.ts';

/** A name that had to be changed. */
export interface RenamedFile {
  readonly from: string;
  readonly to: string;
  /** In words, such as “is reserved on Windows”. */
  readonly reasons: readonly string[];
}

/** A name takes at most so many bytes, with room for a sidecar's ending. @unit bytes */
const maxNameBytes = 240;

/** More folders than this are cut from the front. @unit bytes */
const maxPathBytes = 900;

const rules: readonly (readonly [reason: string, change: (part: string) => string])[] = [
  ['has its accents apart from its letters', (part) => part.normalize('NFC')],
  ['has signs that Windows does not take', (part) => part.replaceAll(/[<>:"|?*\\\u0000-\u001F\u007F]/gu, '_')],
  [
    'has signs that turn the direction of writing or cannot be seen',
    (part) => part.replaceAll(/[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu, ''),
  ],
  ['has half of a letter', (part) => part.replaceAll(/\p{Cs}/gu, '_')],
  [
    'begins or ends with blanks or ends with a point',
    (part) =>
      part
        .replace(/^\s+(?=\.[^.]*$)/u, '_')
        .replaceAll(/^\s+|[\s.]+$/gu, '')
        .replace(/\s+(?=\.[^.]*$)/u, ''),
  ],
  ['begins like a formula or an option', (part) => part.replace(/^[=+\-@＝＋－＠]/u, (sign) => `_${sign}`)],
  [
    'is reserved on Windows',
    (part) => part.replace(/^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)/iu, (name) => `_${name}`),
  ],
  ['is a hidden file', (part) => part.replace(/^\.+(?=[^.]+$)/u, '_.').replace(/^\.+(?=.)/u, '_')],
];

/** Makes one path safe; its folders as well. */
export function makeSafePath(path: string): RenamedFile {
  const reasons = new Set<string>();
  const parts = path.split('/');
  const inside = parts.filter((part) => part !== '' && part !== '.' && part !== '..');
  if (inside.length < parts.length) reasons.add('leads out of its folder');
  const safe = inside.map((part, i) => {
    let name = part;
    for (const [reason, change] of rules) {
      const changed = change(name);
      if (changed !== name) reasons.add(reason);
      name = changed;
    }
    const short = shorten(name, i === inside.length - 1);
    if (short !== name) reasons.add('is longer than a name may be');
    return short === '' ? '_' : short;
  });
  while (safe.length > 1 && byteLength(safe.join('/')) > maxPathBytes) {
    safe.shift();
    reasons.add('is longer than a path may be');
  }
  return { from: path, to: safe.length === 0 ? '_' : safe.join('/'), reasons: [...reasons] };
}

/** Gives names out, none twice. */
export interface NameGiver {
  /** Makes a path safe and different from all before it. */
  give(path: string): RenamedFile;
}

/** How names have to differ. */
export interface NameGiverOptions {
  /** Two pictures may not differ in their ending alone, since their sidecars would be the same file. */
  readonly byStem?: boolean;
  /** Names have no point but the one before the ending, since a reader of WebDataset takes the first for the end of the key. */
  readonly withoutPoints?: boolean;
}

/** Makes a giver of names. Capital and small letters count as the same, as they do on Windows and macOS. */
export function createNameGiver({ byStem = false, withoutPoints = false }: NameGiverOptions = {}): NameGiver {
  const taken = new Set<string>();
  const keyOf = (path: string): string => (byStem ? stemOf(path) : path).normalize('NFC').toLowerCase();
  return {
    give: (path) => {
      const safe = makeSafePath(path);
      const reasons = [...safe.reasons];
      let base = safe.to;
      if (withoutPoints && /\..*\./u.test(baseNameOf(base))) {
        const folder = base.slice(0, base.length - baseNameOf(base).length);
        base = folder + stemOf(baseNameOf(base)).replaceAll('.', '_') + base.slice(stemOf(base).length);
        reasons.push('has points, which end a key of WebDataset');
      }
      let to = base;
      for (let number = 2; taken.has(keyOf(to)); number++) to = `${stemOf(base)} (${String(number)})${base.slice(stemOf(base).length)}`;
      if (to !== base)
        reasons.push(byStem ? 'differs from another in its ending or capitals alone' : 'differs from another in its capitals alone');
      taken.add(keyOf(to));
      return { from: path, to, reasons };
    },
  };
}

/** Cuts a name to its limit and marks the cut with a number made of the whole name, so that two long names stay two. */
function shorten(name: string, isFile: boolean): string {
  if (byteLength(name) <= maxNameBytes) return name;
  const ending = isFile && endingOf(name).length <= 10 ? name.slice(stemOf(name).length) : '';
  const mark = `~${hashOf(name)}${ending}`;
  let kept = '';
  for (const letter of name) {
    if (byteLength(kept + letter + mark) > maxNameBytes) break;
    kept += letter;
  }
  return kept.trimEnd() + mark;
}

/** FNV-1a, 32 bits: it tells names apart, nothing more. */
function hashOf(text: string): string {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
