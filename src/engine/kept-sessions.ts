/** @file Sessions that several users share by a key: the first opens one, the last closes it. */

/** Things that are open, by their keys. */
export interface Kept<T> {
  /** Gives what is open under a key, or opens it; a failed opening is tried again by the next wish. */
  take(key: string, open: () => Promise<T>): Promise<T>;
  /** Lets go of what `take` gave. */
  release(key: string): Promise<void>;
  /** Closes whatever is open still. */
  close(): Promise<void>;
}

interface Held<T> {
  readonly opened: Promise<T>;
  users: number;
}

/** Makes an empty keeper of things that are closed in one way. */
export function keepOpen<T>(shut: (opened: T) => Promise<void>): Kept<T> {
  const held = new Map<string, Held<T>>();
  return {
    take: (key, open) => {
      const known = held.get(key);
      if (known) {
        known.users += 1;
        return known.opened;
      }
      const opened = open();
      held.set(key, { opened, users: 1 });
      opened.catch(() => held.delete(key));
      return opened;
    },
    release: async (key) => {
      const known = held.get(key);
      if (!known) return;
      known.users -= 1;
      if (known.users > 0) return;
      held.delete(key);
      await shut(await known.opened);
    },
    close: async () => {
      for (const { opened } of held.values()) await shut(await opened);
      held.clear();
    },
  };
}
