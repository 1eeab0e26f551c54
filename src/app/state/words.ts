/** @file Numbers and names as people read them. */

import type { TokenRange } from '../../../workers/api.ts';

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** A size in the decimal units that disks are sold in: "18.4 MB". */
export function sayBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? 'B'}`;
}

/** A rough time: "12 s", "4 min", "2 h 10 min". */
export function sayTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${String(Math.max(1, seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min`;
  const rest = minutes % 60;
  return `${String(Math.floor(minutes / 60))} h${rest === 0 ? '' : ` ${String(rest)} min`}`;
}

/** A measured time: "8.2 ms", "340 ms", "1.24 s". */
export function sayMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A count with its noun: "1 picture", "1,204 pictures". */
export function sayCount(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** How many tokens something takes: "576", "1,152 to 2,928". */
export function sayTokens({ least, most }: TokenRange): string {
  const said = (count: number): string => count.toLocaleString('en');
  return least === most ? said(most) : `${said(least)} to ${said(most)}`;
}

/** As much as one reads in passing. */
const startCharacters = 120;

/** The beginning of a text, by which people know it again. */
export function sayStart(text: string): string {
  const start = Array.from(text.slice(0, 2 * startCharacters))
    .slice(0, startCharacters)
    .join('');
  return start.length < text.length ? `${start}…` : text;
}

/** Of each end of a long text; more would only make the page slow. */
const excerptCharacters = 4000;

/** A text as it is, or the beginning and the end of one that nobody reads. */
export function sayExcerpt(text: string): string {
  const left = text.length - 2 * excerptCharacters;
  if (left <= 0) return text;
  return `${text.slice(0, excerptCharacters)}\n… ${left.toLocaleString('en')} characters …\n${text.slice(-excerptCharacters)}`;
}
