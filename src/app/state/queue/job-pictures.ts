/** @file The pictures of one job: their bytes and what is asked of each. */

import type { PictureRequest } from '../../../../workers/api.ts';
import type { Card } from '../cards/card.svelte.ts';
import { subjectOf } from '../dataset/dataset-items.ts';
import type { Library } from '../cards/library.svelte.ts';
import { toPlainError } from '../plain-error.ts';
import { fillPrompt } from './recipe.ts';

/** A card that the engine is asked to caption. */
export interface JobPicture {
  readonly card: Card;
  readonly request: PictureRequest;
}

/**
 * Opens the pictures whose bytes can be read; those that are gone fail by name.
 *
 * @throws {StudioError} 'permission' where the browser refuses access, which concerns all of them
 */
export async function openJobPictures(
  cards: readonly Card[],
  library: Pick<Library, 'read'>,
  onFailure: (card: Card, error: unknown) => void,
): Promise<readonly JobPicture[]> {
  const open: JobPicture[] = [];
  for (const card of cards) {
    try {
      const file = await library.read(card);
      open.push({ card, request: { id: card.id, name: card.name, file, prompt: fillPrompt(card.recipe, subjectOf(card)) } });
    } catch (error) {
      if (toPlainError(error).code === 'permission') throw error;
      onFailure(card, error);
    }
  }
  return open;
}
