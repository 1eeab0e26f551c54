/** @file Reads `adapter_config.json` as PEFT has written it since 0.7. */

import { StudioError } from '../error.ts';
import { isJsonObject, showJson, type JsonObject } from '../codec/json.ts';

/** Which modules a low-rank adapter was put on. */
export interface PeftTargets {
  /** Ends of names, a pattern for the whole name, or `all-linear`: every linear layer but the head. */
  readonly modules: readonly string[] | string;
  readonly excluded: readonly string[] | string | null;
  /** Only these layers; null for all. */
  readonly layers: readonly number[] | null;
}

/** A LoRA's or DoRA's config. */
export interface PeftLora {
  readonly kind: 'lora' | 'dora';
  readonly rank: number;
  readonly alpha: number;
  readonly isRankStabilized: boolean;
  readonly dropout: number;
  readonly targets: PeftTargets;
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
}

/** A soft prompt's or a prefix's config. */
export interface PeftPrompt<K extends 'prompt' | 'prefix' = 'prompt' | 'prefix'> {
  readonly kind: K;
  readonly tokens: number;
  /** E of a soft prompt, keyValueHeads · D of a prefix. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** What a config says. */
export type PeftConfig = (PeftLora | PeftPrompt<'prompt'> | PeftPrompt<'prefix'>) & {
  /** The method as PEFT names it. */
  readonly method: string;
  readonly baseName: string;
  readonly revision: string | null;
  readonly modulesToSave: readonly string[];
};

/** Options that change what is computed in ways that this studio does not know; they are off unless they hold something. */
const unknownOptions = [
  'use_qalora',
  'use_bdlora',
  'kasa_config',
  'velora_config',
  'arrow_config',
  'alora_invocation_tokens',
  'layer_replication',
  'trainable_token_indices',
  'target_parameters',
  'lora_bias',
  'monteclora_config',
] as const;

/** Starts that took a part of the base's weights away; such adapters fit only a base that was changed the same way. */
const changingStarts = /^(?:pissa|olora|corda|loftq|lora_ga)/;

/**
 * Reads a config.
 *
 * @throws {StudioError} 'file-invalid' naming the field, 'adapter-mismatch' for methods and options that are not known here
 * @source peft 0.7 to 0.21.2, LoraConfig, PromptTuningConfig, PrefixTuningConfig, PromptEncoderConfig
 */
export function readPeftConfig(json: JsonObject, place: string): PeftConfig {
  const fields = fieldReader(json, place);
  const method = fields.text('peft_type');
  const shared = {
    method,
    baseName: fields.optionalText('base_model_name_or_path') ?? '',
    revision: fields.optionalText('revision'),
    modulesToSave: fields.texts('modules_to_save') ?? [],
  };
  switch (method) {
    case 'LORA':
      return { ...shared, ...readLora(json, fields) };
    case 'PROMPT_TUNING':
    case 'P_TUNING':
      return { ...shared, kind: 'prompt', ...readPrompt(fields) };
    case 'PREFIX_TUNING':
      return { ...shared, kind: 'prefix', ...readPrompt(fields) };
    default:
      throw new StudioError(
        'adapter-mismatch',
        `${place}: peft_type is ${showJson(method)}; read here are LORA, PROMPT_TUNING, PREFIX_TUNING and P_TUNING`,
      );
  }
}

function readLora(json: JsonObject, fields: Fields): PeftLora {
  for (const option of unknownOptions) {
    const value = json[option];
    if (value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0))
      throw new StudioError(
        'adapter-mismatch',
        `${fields.place}: ${option} is ${showJson(value)}, which changes what is computed in a way that is not known here`,
      );
  }
  const start = json['init_lora_weights'];
  if (typeof start === 'string' && changingStarts.test(start)) {
    throw new StudioError(
      'adapter-mismatch',
      `${fields.place}: init_lora_weights is ${showJson(start)}, so the adapter belongs to a changed base; convert it with PEFT (path_initial_model_for_weight_conversion) first`,
    );
  }
  return {
    kind: fields.flag('use_dora') ? 'dora' : 'lora',
    rank: fields.rank('r'),
    alpha: fields.number('lora_alpha'),
    isRankStabilized: fields.flag('use_rslora'),
    dropout: fields.share('lora_dropout'),
    targets: {
      modules: fields.textOrTexts('target_modules') ?? 'all-linear',
      excluded: fields.textOrTexts('exclude_modules'),
      layers: fields.counts('layers_to_transform'),
    },
    rankPattern: fields.ranksByName('rank_pattern'),
    alphaPattern: fields.numbersByName('alpha_pattern'),
  };
}

function readPrompt(fields: Fields): Omit<PeftPrompt, 'kind'> {
  const submodules = fields.optionalCount('num_transformer_submodules') ?? 1;
  if (submodules !== 1)
    throw new StudioError('adapter-mismatch', `${fields.place}: num_transformer_submodules is ${String(submodules)}; decoders have 1`);
  return {
    tokens: fields.count('num_virtual_tokens'),
    width: fields.count('token_dim'),
    layers: fields.optionalCount('num_layers') ?? 0,
    heads: fields.optionalCount('num_attention_heads') ?? 1,
  };
}

interface Fields {
  readonly place: string;
  text(name: string): string;
  optionalText(name: string): string | null;
  texts(name: string): readonly string[] | null;
  textOrTexts(name: string): readonly string[] | string | null;
  number(name: string): number;
  /** Whether it is on; off where it is absent. */
  flag(name: string): boolean;
  /** From 0 (inclusive) to 1 (exclusive); 0 where it is absent. */
  share(name: string): number;
  rank(name: string): number;
  count(name: string): number;
  optionalCount(name: string): number | null;
  counts(name: string): readonly number[] | null;
  numbersByName(name: string): Readonly<Record<string, number>>;
  ranksByName(name: string): Readonly<Record<string, number>>;
}

/** More names of modules than any model has; a longer list would be compared with each of them. */
const mostNames = 20_000;

/** Reads fields one by one, so that a message can name the one that is wrong. */
function fieldReader(json: JsonObject, place: string): Fields {
  const wrong = (name: string, wanted: string): StudioError =>
    new StudioError('file-invalid', `${place}: ${name} should be ${wanted}, it is ${showJson(json[name] ?? null)}`);
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
  const isRank = (value: unknown): value is number => isCount(value) && value > 0;
  const isTexts = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.length <= mostNames && value.every((item) => typeof item === 'string');
  const read = <T>(name: string, wanted: string, check: (value: unknown) => value is T): T | null => {
    const value = json[name] ?? null;
    if (value === null) return null;
    if (!check(value)) throw wrong(name, wanted);
    return value;
  };
  const required = <T>(name: string, wanted: string, value: T | null): T => {
    if (value === null) throw wrong(name, wanted);
    return value;
  };
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(Math.fround(value));
  const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
  const isShare = (value: unknown): value is number => isNumber(value) && value >= 0 && value < 1;
  const byName = (name: string, wanted: string, check: (value: unknown) => value is number): Readonly<Record<string, number>> =>
    read(name, wanted, (value): value is Readonly<Record<string, number>> => isJsonObject(value) && Object.values(value).every(check)) ??
    {};
  return {
    place,
    text: (name) => required(name, 'a text', read(name, 'a text', isText)),
    optionalText: (name) => read(name, 'a text', isText),
    texts: (name) => read(name, 'a list of texts', isTexts),
    textOrTexts: (name) => (isText(json[name]) ? json[name] : read(name, 'a text or a list of texts', isTexts)),
    number: (name) => required(name, 'a number', read(name, 'a number', isNumber)),
    flag: (name) => read(name, 'true or false', isFlag) ?? false,
    share: (name) => read(name, 'a number from 0 to below 1', isShare) ?? 0,
    rank: (name) => required(name, 'a whole number from 1', read(name, 'a whole number from 1', isRank)),
    count: (name) => required(name, 'a whole number', read(name, 'a whole number', isCount)),
    optionalCount: (name) => read(name, 'a whole number', isCount),
    counts: (name) => {
      const value = json[name];
      if (isCount(value)) return [value];
      return read(name, 'a list of whole numbers', (list): list is readonly number[] => Array.isArray(list) && list.every(isCount));
    },
    numbersByName: (name) => byName(name, 'an object of numbers', isNumber),
    ranksByName: (name) => byName(name, 'an object of whole numbers from 1', isRank),
  };
}
