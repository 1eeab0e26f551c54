/** @file What is written down of a model that this browser keeps. */

import type { StudioErrorCode } from '../core/error.ts';

/** Where a model came from; a token is never part of it. */
export type ModelOrigin =
  | { readonly kind: 'hub'; readonly host: string; readonly id: string; readonly revision: string; readonly commit: string }
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'folder'; readonly name: string };

/** A model that is here, or on its way. Written by the thread that loads. */
export interface ModelRecord {
  readonly id: string;
  readonly origin: ModelOrigin;
  /** `damaged` after a check that found wrong bytes. */
  readonly state: 'loading' | 'whole' | 'damaged';
  readonly kind: 'bundle' | 'checkpoint';
  readonly name: string;
  readonly family: string;
  /** For people, as in a bundle's manifest. */
  readonly precision: string;
  readonly licence: string;
  /** In what form it comes in; to begin a load anew. */
  readonly form: string;
  /** What it takes on the disk when it is whole. @unit bytes */
  readonly storedBytes: number;
  /** What its weights take on a GPU. @unit bytes */
  readonly memoryBytes: number;
  /** How much of the source was read, and how much is to be. @unit bytes */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** @unit ms since 1970 */
  readonly addedAt: number;
  /** When all files were last found right; null for never. @unit ms since 1970 */
  readonly verifiedAt: number | null;
  /** Files that are not as the manifest says. */
  readonly damagedFiles: readonly string[];
  /** Why it stands still; null while nothing is wrong. */
  readonly trouble: { readonly code: StudioErrorCode; readonly message: string } | null;
}

/** What the user has added to a model. Written by the page. */
export interface ModelNote {
  readonly id: string;
  /** A name of the user's own. */
  readonly name?: string;
  /** What is asked when this model is chosen. */
  readonly prompt?: string;
  /** @unit ms since 1970 */
  readonly usedAt?: number;
}

/** Names of the drawers, the same in every thread. */
export const modelDrawers = { records: 'models', notes: 'model-notes', works: 'model-works', journals: 'model-journals' } as const;

/** The channel over which tabs tell each other what changed. */
export const modelsChannel = 'caption-studio-models';

/** The lock of whoever fetches: one at a time in all tabs. */
export const loadLock = 'caption-studio-load';

/** The lock of whoever works on a model; to find it taken is to find another tab at work. */
export function modelLock(modelId: string): string {
  return `caption-studio-model-${modelId}`;
}
