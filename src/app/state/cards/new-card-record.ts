/** @file The record of a picture that comes in. */

import { baseNameOf } from '../../../core/dataset/item.ts';
import type { CardRecord } from './card-record.ts';
import type { PictureSource } from '../../../storage/picture-files.ts';
import type { Recipe } from '../queue/recipe.ts';

/** A picture without a record. */
export interface NewPicture {
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined until its bytes are kept. */
  readonly source: PictureSource | undefined;
}

/** Makes the record of a picture that has no caption yet, or of which none is known yet; `order` is its position in the order of arrival. */
export function newCardRecord({ path, sizeBytes, source }: NewPicture, order: number, recipe: Recipe): CardRecord {
  return {
    id: newId(),
    name: baseNameOf(path),
    order,
    sizeBytes,
    source,
    size: undefined,
    state: 'waiting',
    isQueued: false,
    text: '',
    isEdited: false,
    dataset: { path, content: { captions: [], tags: [] }, versions: [], split: null, sourceId: null, metadata: {}, folderId: null },
    report: undefined,
    recipe,
    error: undefined,
  };
}

/** Ten signs are enough for one browser's pictures, and short in the address bar. */
function newId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 10);
}
