/** @file The part of the address after `#`: the room, its view, the picture that is open, and the selection. */

/** Where someone is in the studio. */
export interface Place {
  readonly room: string;
  /** The view that takes the gallery's place. */
  readonly view?: 'compare' | undefined;
  /** The picture shown large. */
  readonly picture: string | undefined;
  readonly selected: readonly string[];
}

/** A longer selection would make an address that nobody can read or send. */
const maxSelected = 40;

/** Writes a place as a hash: `#/caption?view=compare&picture=a1&selected=a1,b2`. */
export function writeHash(place: Place): string {
  const parts: string[] = place.view === undefined ? [] : [`view=${place.view}`];
  if (place.picture !== undefined) parts.push(`picture=${encodeURIComponent(place.picture)}`);
  if (place.selected.length > 0 && place.selected.length <= maxSelected) {
    parts.push(`selected=${place.selected.map(encodeURIComponent).join(',')}`);
  }
  return `#/${encodeURIComponent(place.room)}${parts.length === 0 ? '' : `?${parts.join('&')}`}`;
}

/** Reads a hash; whatever it does not say is empty, and an unreadable one is the first room. */
export function readHash(hash: string, firstRoom: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const fields = new URLSearchParams(query);
  const selected = fields.get('selected') ?? '';
  return {
    room: path === '' ? firstRoom : path.replace(/\/$/, ''),
    view: fields.get('view') === 'compare' ? 'compare' : undefined,
    picture: fields.get('picture') ?? undefined,
    selected: selected === '' ? [] : selected.split(','),
  };
}
