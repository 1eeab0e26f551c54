/** @file Merging styles into a copy of the model. */

import type { AdapterChoice, AdapterMerge, MergeSizes } from '../../../../workers/adapters-api.ts';
import type { StylesDoor } from '../../styles.ts';
import { codeOf } from '../plain-error.ts';
import type { ChosenStyle } from './style-record.ts';

/** What merging stands on. */
export interface MergingParts {
  readonly studio: Pick<StylesDoor, 'measureMerge' | 'mergeAdapters' | 'stopMerging'>;
  /** Lets the engine read a style, and names it as the engine does. */
  readonly take: (choice: ChosenStyle) => Promise<AdapterChoice>;
  readonly busy: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The merge that goes on, of which there is one at most. */
export class StyleMerging {
  readonly #parts: MergingParts;

  constructor(parts: MergingParts) {
    this.#parts = parts;
  }

  /** Tells what a model with styles merged into its weights would take. */
  async measure(choices: readonly ChosenStyle[]): Promise<MergeSizes> {
    return this.#parts.studio.measureMerge(await this.#takeAll(choices));
  }

  /** Writes a whole model with styles merged into its weights, as a tar; undefined when it was stopped. */
  merge(
    choices: readonly ChosenStyle[],
    { onProgress, ...wanted }: Omit<AdapterMerge, 'adapters'> & { readonly onProgress: (done: number, total: number) => void },
  ): Promise<Blob | undefined> {
    const { studio, busy } = this.#parts;
    return busy(async () => {
      try {
        return await studio.mergeAdapters({ adapters: await this.#takeAll(choices), ...wanted }, onProgress);
      } catch (error) {
        if (codeOf(error) === 'cancelled') return undefined;
        throw error;
      }
    });
  }

  /** Ends the merge that goes on. */
  stop(): Promise<void> {
    return this.#parts.studio.stopMerging();
  }

  #takeAll(choices: readonly ChosenStyle[]): Promise<readonly AdapterChoice[]> {
    return Promise.all(choices.map((choice) => this.#parts.take(choice)));
  }
}
