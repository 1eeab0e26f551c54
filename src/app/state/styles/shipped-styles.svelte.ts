/** @file The styles that come with the studio and are not in the library yet: the chooser offers them beside those that are. */

import type { AdapterSource } from '../../../../workers/adapters-api.ts';
import { fetchShippedStyle, listShippedStyles, type ShippedStyle } from '../../intake/shipped-styles.ts';
import type { StyleRecord } from './style-record.ts';
import type { Styles } from './styles.svelte.ts';

/** Where they come from. */
export interface ShippedSource {
  readonly list: () => Promise<readonly ShippedStyle[]>;
  readonly fetch: (style: ShippedStyle) => Promise<AdapterSource>;
}

/** What comes with the studio. */
export class ShippedStyles {
  /** The one that was chosen and is on its way. */
  coming = $state.raw<ShippedStyle | undefined>(undefined);
  #all = $state.raw<readonly ShippedStyle[]>([]);
  readonly #styles: Styles;
  readonly #source: ShippedSource;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(styles: Styles, source: ShippedSource = { list: listShippedStyles, fetch: fetchShippedStyle }) {
    this.#styles = styles;
    this.#source = source;
  }

  /** Those that the library lacks, in the order in which they are shipped. */
  get offered(): readonly ShippedStyle[] {
    return this.#all.filter((shipped) => this.#taken(shipped) === undefined);
  }

  /** Reads which there are, once. @throws {StudioError} 'network' */
  async load(): Promise<void> {
    if (this.#all.length === 0) this.#all = await this.#source.list();
  }

  /** Puts one into the library. @throws {StudioError} 'network' or 'adapter-mismatch' */
  async take(shipped: ShippedStyle): Promise<StyleRecord> {
    return this.#taken(shipped) ?? this.#styles.import(await this.#source.fetch(shipped));
  }

  /**
   * Puts all that are offered into the library and gives the wanted one: taken one by one, their numbers would change under the hand.
   *
   * @throws {StudioError} 'network' or 'adapter-mismatch'
   */
  async takeAll(wanted: ShippedStyle): Promise<StyleRecord> {
    const taking = this.#taking.then(async () => {
      await this.#styles.importAll(await Promise.all(this.offered.map((shipped) => this.#source.fetch(shipped))));
    });
    // A try that failed must not keep later ones from theirs.
    this.#taking = taking.catch(() => undefined);
    this.coming = wanted;
    try {
      await taking;
      return await this.take(wanted);
    } finally {
      this.coming = undefined;
    }
  }

  #taken({ name, title }: ShippedStyle): StyleRecord | undefined {
    return this.#styles.all.find(({ summary }) => summary.name === name || summary.name === title);
  }
}
