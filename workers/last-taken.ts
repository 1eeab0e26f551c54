/** @file What a job tells on its way: it crosses to the screen by a port of its own, which may lag behind the answer to the call. */

/** Tells, and knows when the last of it was taken. */
export interface Telling<Told extends readonly unknown[]> {
  readonly tell: (...told: Told) => void;
  /** Resolves when the other side has taken what was told last, and so all before it. A job awaits it before it answers. */
  readonly taken: () => Promise<void>;
}

/** Makes a way to tell. @param take takes what is told; across threads it gives a promise of having taken it */
export function tellInOrder<Told extends readonly unknown[]>(take: (...told: Told) => unknown): Telling<Told> {
  let last: unknown;
  return {
    tell: (...told) => {
      last = take(...told);
    },
    taken: async () => {
      await last;
    },
  };
}
