/** @file Names of pictures that no two share, for files and rooms that know pictures by name alone. */

import type { CardPlace } from './card.svelte.ts';

/** What a name is made from. */
export interface NamedCard {
  readonly id: string;
  readonly place: Pick<CardPlace, 'path'>;
}

/**
 * Names pictures by the shortest end of their paths, in whole parts, that no other has: `a.jpg`, or `day 1/a.jpg` where another day has one, too.
 * Those of one path are numbered: `a (2).jpg`.
 *
 * @returns names by the cards' ids
 */
export function distinctNames(cards: readonly NamedCard[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let left = cards;
  for (let parts = 1; left.length > 0; parts += 1) {
    const groups = new Map<string, NamedCard[]>();
    for (const card of left) {
      const name = endOf(card.place.path, parts);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [card]);
      else group.push(card);
    }
    const further: NamedCard[] = [];
    for (const [name, group] of groups) {
      // What ends here has no longer name; the others of its group go on.
      const whole = group.length === 1 ? group : group.filter(({ place }) => place.path === name);
      for (const [index, { id }] of whole.entries()) names.set(id, index === 0 ? name : numbered(name, index + 1));
      if (whole.length < group.length) further.push(...group.filter((card) => !whole.includes(card)));
    }
    left = further;
  }
  return names;
}

function endOf(path: string, parts: number): string {
  return path.split('/').slice(-parts).join('/');
}

function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const end = dot > name.lastIndexOf('/') + 1 ? dot : name.length;
  return `${name.slice(0, end)} (${String(number)})${name.slice(end)}`;
}
