/** @file What is asked of the model: the prompt, the system prompt, the decoding options, and the whole text they make. */

import { checkDecoding, defaultDecoding } from '../../../core/decode/options.ts';
import { parseTemplate } from '../../../core/dataset/template/template.ts';
import { StudioError } from '../../../core/error.ts';
import type { DecodingOptions, PromptPreview, PromptRequest } from '../../../../workers/api.ts';
import type { Studio } from '../../studio.ts';
import type { Model } from '../models/model.svelte.ts';
import { presets, type Preset } from './presets.ts';
import type { Recipe } from '../queue/recipe.ts';
import type { ChosenStyle } from '../styles/style-record.ts';
import type { Settings } from '../settings.svelte.ts';

/** The preset that is none: words of the user's that have no name yet. */
const ownWords = 'own';

/** Someone who types is not asked for between the letters. */
const previewRestMs = 150;

/** Words of the user's that others took the place of. */
export interface GaveWay {
  readonly words: string;
  /** Puts them back; gives those of the user's that they take the place of by then. */
  readonly bringBack: () => GaveWay | undefined;
}

/** The prompt panel's state. */
export class Prompting {
  preview = $state.raw<PromptPreview | undefined>(undefined);
  previewError = $state<string | undefined>(undefined);
  /** What the model finds wrong with which options' words. */
  #wordTrouble = $state.raw<{ readonly of: string; readonly text: string } | undefined>(undefined);
  readonly #studio: Studio;
  readonly #model: Model;
  readonly #settings: Settings;
  readonly #style: () => ChosenStyle | null;
  #previewRound = 0;

  constructor(parts: { studio: Studio; model: Model; settings: Settings; style?: () => ChosenStyle | null }) {
    this.#style = parts.style ?? (() => null);
    this.#studio = parts.studio;
    this.#model = parts.model;
    this.#settings = parts.settings;
  }

  /** Shipped presets, then the user's. */
  get presets(): readonly Preset[] {
    return [...presets, ...this.#settings.now.ownPresets];
  }

  /** The chosen preset; undefined for words that are none. */
  get preset(): Preset | undefined {
    return this.presets.find(({ id }) => id === this.#settings.now.presetId);
  }

  /** Whether the chosen preset is one of the user's. */
  get isOwnPreset(): boolean {
    return this.#settings.now.ownPresets.some(({ id }) => id === this.#settings.now.presetId);
  }

  /** The words of the prompt. */
  get prompt(): string {
    return this.#settings.now.prompt;
  }

  /** The system prompt that applies: the user's, else the model's own. */
  get system(): string {
    return this.#settings.now.system ?? this.defaultSystem;
  }

  /** Whether the user has written a system prompt. */
  get hasOwnSystem(): boolean {
    return this.#settings.now.system !== null;
  }

  /** The model's own system prompt; '' while no model is open. */
  get defaultSystem(): string {
    return this.#model.summary?.defaultSystem ?? '';
  }

  /** The model's decoding options; the studio's own while no model is open. */
  get defaults(): DecodingOptions {
    return this.#model.summary?.defaults ?? defaultDecoding;
  }

  /** The options that apply. */
  get decoding(): DecodingOptions {
    return { ...this.defaults, ...this.#settings.now.decodingChanges };
  }

  /** What is wrong with the prompt's fields; undefined when nothing is. */
  get promptTrouble(): string | undefined {
    try {
      parseTemplate(this.prompt);
      return undefined;
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      return error.message;
    }
  }

  /** Which options differ from the model's own. */
  get changes(): Partial<DecodingOptions> {
    return this.#settings.now.decodingChanges;
  }

  /** The option that no caption can be written with, and why; undefined when all are fine. */
  get decodingTrouble(): { readonly field: string; readonly text: string } | undefined {
    try {
      checkDecoding(this.decoding);
      const found = this.#wordTrouble;
      return found?.of === JSON.stringify(this.decoding) ? { field: 'forcedWords', text: found.text } : undefined;
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      return { field: String(error.details['field']), text: withoutField(error.message) };
    }
  }

  /** The changes that captions are written with: where those of the panel do not go together, the last ones that did. */
  get soundChanges(): Partial<DecodingOptions> {
    const { decodingChanges, soundDecoding } = this.#settings.now;
    if (this.decodingTrouble === undefined) return decodingChanges;
    return isSound({ ...this.defaults, ...soundDecoding }) ? soundDecoding : {};
  }

  /** How the next pictures are captioned. */
  get recipe(): Recipe {
    const { prompt, system, existing } = this.#settings.now;
    const changes = this.soundChanges;
    return { label: this.preset?.label ?? 'Own words', prompt, system, changes, existing, style: this.#style() };
  }

  /** Takes a preset's words; gives the user's own where they took the place of those. */
  choosePreset(id: string): GaveWay | undefined {
    const preset = this.presets.find((one) => one.id === id);
    if (preset === undefined) return undefined;
    const former = this.#ownPrompt();
    this.#settings.change({ presetId: id, prompt: preset.prompt });
    return former;
  }

  /** Writes the prompt; it stays the preset's as long as the words do. */
  write(prompt: string): void {
    const { presetId } = this.#settings.now;
    const match = this.presets.find((one) => one.prompt === prompt && (one.id === presetId || presetId === ownWords));
    this.#settings.change({ prompt, presetId: match?.id ?? ownWords });
  }

  /** Keeps the words under a name. */
  savePreset(label: string): void {
    const preset = { id: crypto.randomUUID(), label, prompt: this.prompt };
    this.#settings.change({ ownPresets: [...this.#settings.now.ownPresets, preset], presetId: preset.id });
  }

  /** Forgets the user's chosen preset; returns a way back. */
  removePreset(): (() => void) | undefined {
    const { ownPresets, presetId } = this.#settings.now;
    const at = ownPresets.findIndex(({ id }) => id === presetId);
    const preset = ownPresets[at];
    if (preset === undefined) return undefined;
    this.#settings.change({ ownPresets: ownPresets.filter(({ id }) => id !== presetId), presetId: ownWords });
    return () => {
      // Others may have been saved meanwhile, and other words be there.
      const { ownPresets: now, presetId: chosen, prompt } = this.#settings.now;
      const isAsLeft = chosen === ownWords && prompt === preset.prompt;
      this.#settings.change({ ownPresets: now.toSpliced(at, 0, preset), ...(isAsLeft && { presetId: preset.id }) });
    };
  }

  /** Writes the system prompt. */
  writeSystem(system: string): void {
    this.#settings.change({ system: system === this.defaultSystem ? null : system });
  }

  /** Goes back to the model's own system prompt; gives the user's where it had words. */
  dropSystem(): GaveWay | undefined {
    const former = this.#ownSystem();
    this.#settings.change({ system: null });
    return former;
  }

  /** Sets an option; one that equals the model's own is no change. */
  set<K extends keyof DecodingOptions>(name: K, value: DecodingOptions[K]): void {
    const { [name]: _former, ...others } = this.changes;
    const isDefault = JSON.stringify(value) === JSON.stringify(this.defaults[name]);
    this.#settings.change({
      ...(this.decodingTrouble === undefined && { soundDecoding: this.changes }),
      decodingChanges: isDefault ? others : { ...others, [name]: value },
    });
  }

  /** Goes back to the model's own options; returns a way back, which leaves those that were set since. */
  resetDecoding(): () => void {
    const { decodingChanges } = this.#settings.now;
    this.#settings.change({ decodingChanges: {} });
    return () => this.#settings.change({ decodingChanges: { ...decodingChanges, ...this.#settings.now.decodingChanges } });
  }

  /** Asks for the whole text as the model gets it, after a short rest; returns how to call it off. */
  previewSoon(): () => void {
    const { prompt, system } = this.#settings.now;
    if (this.#model.phase !== 'open') {
      this.preview = undefined;
      this.previewError = undefined;
      return () => undefined;
    }
    const timer = setTimeout(() => void this.#refreshPreview({ prompt, system }), previewRestMs);
    return () => clearTimeout(timer);
  }

  /** Asks the model whether it can write the forced words, after a short rest; returns how to call it off. */
  checkWordsSoon(): () => void {
    const { decoding } = this;
    if (this.#model.phase !== 'open' || decoding.forcedWords.length === 0) return () => undefined;
    const of = JSON.stringify(decoding);
    const timer = setTimeout(() => {
      // What cannot be asked is told when pictures are captioned.
      const asked = this.#studio.findWordTrouble(decoding).catch(() => null);
      void asked.then((text) => (this.#wordTrouble = text === null ? undefined : { of, text: withoutField(text) }));
    }, previewRestMs);
    return () => clearTimeout(timer);
  }

  #ownPrompt(): GaveWay | undefined {
    const { prompt, presetId } = this.#settings.now;
    if (presetId !== ownWords || prompt.trim() === '') return undefined;
    const bringBack = (): GaveWay | undefined => {
      const typedSince = this.#ownPrompt();
      this.write(prompt);
      return typedSince?.words === prompt ? undefined : typedSince;
    };
    return { words: prompt, bringBack };
  }

  #ownSystem(): GaveWay | undefined {
    const { system } = this.#settings.now;
    if (system === null || system.trim() === '') return undefined;
    const bringBack = (): GaveWay | undefined => {
      const typedSince = this.#ownSystem();
      this.#settings.change({ system });
      return typedSince?.words === system ? undefined : typedSince;
    };
    return { words: system, bringBack };
  }

  /** The last asked wins. */
  async #refreshPreview(request: PromptRequest): Promise<void> {
    const round = (this.#previewRound += 1);
    try {
      const preview = await this.#studio.previewPrompt(request);
      if (round !== this.#previewRound) return;
      this.preview = preview;
      this.previewError = undefined;
    } catch (error) {
      if (round === this.#previewRound) this.previewError = error instanceof Error ? error.message : String(error);
    }
  }
}

function isSound(options: DecodingOptions): boolean {
  try {
    checkDecoding(options);
    return true;
  } catch {
    return false;
  }
}

/** The panel says the field's own name. */
function withoutField(message: string): string {
  return message.replace(/^[^:]*: /, '');
}
