/** @file A style in the library of this browser. */

/** What is kept of a style. */
export interface StyleRecord {
  /** As the engine's thread names it: made from the adapter's bytes. */
  readonly id: string;
  readonly name: string;
  /** The zip that `loadAdapter` reads. */
  readonly zip: Blob;
  readonly addedAtMs: number;
}

/** The drawer's name. */
export const styleDrawer = 'styles';
