/** @file What the user has chosen and the browser remembers. */

import type { Backend, DecodingOptions } from '../../../workers/api.ts';
import type { ExistingPolicy } from '../../core/dataset/template/existing-policy.ts';
import type { RecordStore } from '../../storage/records.ts';
import { publicHub } from './models/hub-address.ts';

/** A prompt that the user has kept. */
export interface OwnPreset {
  readonly id: string;
  readonly label: string;
  readonly prompt: string;
}

/** A filter that the user has kept. */
export interface SavedFilter {
  readonly id: string;
  readonly label: string;
  readonly words: string;
}

/** Everything that is remembered. */
export interface SettingsRecord {
  readonly theme: 'system' | 'light' | 'dark';
  readonly isPanelOpen: boolean;
  readonly view: 'grid' | 'list';
  /** Height that a row of pictures aims at. @unit CSS pixels */
  readonly rowHeight: number;
  readonly sort: SortOrder;
  /** undefined until it was chosen. */
  readonly backend: Backend | undefined;
  /** The hub that was asked last; its token lies apart. */
  readonly hub: string;
  /** The model that captions are written with: `embedded`, or the id of one that this browser keeps. */
  readonly modelId: string;
  readonly presetId: string;
  readonly prompt: string;
  readonly system: string | null;
  readonly decodingChanges: Partial<DecodingOptions>;
  /** The last ones that went together: they hold while those above do not. */
  readonly soundDecoding: Partial<DecodingOptions>;
  readonly ownPresets: readonly OwnPreset[];
  /** The style that captions are written in; undefined is the model as it is. */
  readonly styleId: string | undefined;
  /** Its strength, from 0 to 2. */
  readonly styleScale: number;
  readonly savedFilters: readonly SavedFilter[];
  /** What becomes of captions that are there when pictures are captioned. */
  readonly existing: ExistingPolicy;
  /** Whether the queue was going when the page closed. */
  readonly wasRunning: boolean;
}

/** In which order the cards stand. */
export type SortOrder = 'oldest' | 'newest' | 'name' | 'state' | 'longest' | `score:${string}`;

/** What a first visit starts with. */
export const firstSettings: SettingsRecord = {
  theme: 'system',
  isPanelOpen: true,
  view: 'grid',
  rowHeight: 230,
  sort: 'oldest',
  backend: undefined,
  hub: publicHub,
  modelId: 'embedded',
  presetId: 'sentence',
  prompt: 'Provide a one-sentence caption for the provided image.',
  system: null,
  decodingChanges: {},
  soundDecoding: {},
  ownPresets: [],
  styleId: undefined,
  styleScale: 1,
  savedFilters: [],
  existing: 'overwrite',
  wasRunning: false,
};

const recordId = 'settings';

/** The settings as the screen sees them; each change is kept. */
export class Settings {
  #now = $state.raw<SettingsRecord>(firstSettings);
  readonly #records: RecordStore<SettingsRecord>;
  /** What was changed before it was known what is remembered: written now, it would take the place of everything else. */
  #early: Partial<SettingsRecord> | undefined = {};

  constructor(records: RecordStore<SettingsRecord>) {
    this.#records = records;
  }

  /** The current settings. */
  get now(): SettingsRecord {
    return this.#now;
  }

  /** Brings back what was remembered, but for what was changed meanwhile; what a newer version added has its first value. */
  async load(): Promise<void> {
    try {
      this.#now = { ...firstSettings, ...(await this.#records.load(recordId)), ...this.#early };
    } finally {
      const early = this.#early ?? {};
      this.#early = undefined;
      if (Object.keys(early).length > 0) this.change(early);
    }
  }

  /** Changes some settings and remembers them. */
  change(changes: Partial<SettingsRecord>): void {
    this.#now = { ...this.#now, ...changes };
    if (this.#early !== undefined) {
      this.#early = { ...this.#early, ...changes };
      return;
    }
    // A browser that keeps nothing (private windows of some) still works for this visit.
    this.#records.save(recordId, this.#now).catch(() => undefined);
  }
}
