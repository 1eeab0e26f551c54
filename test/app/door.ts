/** @file A door in the way of the engine in memory, so that a test can look at what is halfway for as long as it wants. */

/** Holds each caption after its first word until it is let through; those that came first go first. */
export interface Door {
  /** The pictures whose captions were begun, in order; one that is captioned again stands there again. */
  readonly begun: readonly string[];
  /** For the engine: resolves when the caption of a picture may go on. */
  pass(name: string): Promise<void>;
  /** Lets so many captions through from now on; the next one is held. */
  letThrough(count: number): void;
  /** Holds nothing any more. */
  open(): void;
}

/** Makes a door. @param places so many captions it lets through at first; all unless it is given */
export function makeDoor(places = Infinity): Door {
  const begun: string[] = [];
  const held: (() => void)[] = [];
  let free = places;
  const letThrough = (count: number): void => {
    free = count;
    for (const goOn of held.splice(0, free)) {
      free -= 1;
      goOn();
    }
  };
  return {
    begun,
    pass: (name) => {
      begun.push(name);
      if (free === 0) return new Promise((resolve) => held.push(resolve));
      free -= 1;
      return Promise.resolve();
    },
    letThrough,
    open: () => letThrough(Infinity),
  };
}
