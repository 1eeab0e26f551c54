/** @file Everything of the page that outlives a tab, opened in one place. */

import type { FileStamp } from '../storage/folder-files.ts';
import { openPictureFiles, type PictureFiles } from '../storage/picture-files.ts';
import { openRecords, type RecordStore } from '../storage/records.ts';
import { openSharedRecords, type SharedRecords } from '../storage/shared-records.ts';
import { openWatchedRecords, type WatchedRecords } from '../storage/watched-records.ts';
import type { ScoreRecord } from './state/evaluate/caption-scores.svelte.ts';
import type { CardRecord } from './state/cards/card-record.ts';
import type { ComparisonRecord } from './state/compare/comparison-record.ts';
import type { EditLogRecord } from './state/dataset/edit-log.svelte.ts';
import type { FolderRecord, UnsavedRecord } from './state/dataset/folder-record.ts';
import type { FinishedRun } from './state/queue/run-tally.svelte.ts';
import type { SettingsRecord } from './state/settings.svelte.ts';
import { styleDrawer, type StyleRecord } from './state/styles/style-record.ts';
import type { WrittenCaption } from './state/compare/system-captions.svelte.ts';
import type { ThumbnailRecord } from './state/cards/thumbnails.svelte.ts';
import type { TokenCounterRecord } from './state/dataset/token-count.svelte.ts';

/** The drawers of the page. */
export interface Stores {
  readonly cards: SharedRecords<CardRecord>;
  /** Deleted pictures that can be brought back. */
  readonly bin: SharedRecords<CardRecord>;
  readonly thumbnails: RecordStore<ThumbnailRecord>;
  readonly settings: RecordStore<SettingsRecord>;
  readonly edits: RecordStore<EditLogRecord>;
  readonly folders: RecordStore<FolderRecord>;
  /** Texts in the user's folders as the studio last saw them. */
  readonly stamps: RecordStore<FileStamp>;
  /** Captions that changed and are not in their folders yet. */
  readonly unsaved: RecordStore<UnsavedRecord>;
  readonly styles: WatchedRecords<StyleRecord>;
  readonly scores: RecordStore<ScoreRecord>;
  /** What came of the queue's runs. */
  readonly reports: RecordStore<FinishedRun>;
  readonly counter: RecordStore<TokenCounterRecord>;
  readonly comparisons: WatchedRecords<ComparisonRecord>;
  readonly comparisonCaptions: WatchedRecords<WrittenCaption>;
  readonly files: PictureFiles;
}

/** Opens all drawers. */
export function openStores(): Stores {
  return {
    cards: openSharedRecords('cards'),
    bin: openSharedRecords('bin'),
    thumbnails: openRecords('thumbnails'),
    settings: openRecords('settings'),
    edits: openRecords('edits'),
    folders: openRecords('folders'),
    stamps: openRecords('stamps'),
    unsaved: openRecords('unsaved'),
    styles: openWatchedRecords(styleDrawer),
    scores: openRecords('scores'),
    reports: openRecords('reports'),
    counter: openRecords('token-counter'),
    comparisons: openWatchedRecords('comparisons'),
    comparisonCaptions: openWatchedRecords('comparison-captions'),
    files: openPictureFiles(),
  };
}
