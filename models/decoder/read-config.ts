/** @file Reads a text_config of Llama's, Mistral's or Qwen2's kind. */

import { invalidField, mostSizes, readFlag, readObject, readPositive, readSize, unknownField, type ConfigObject } from '../fields.ts';
import type { DecoderConfig } from './config.ts';

/** What transformers assumes where a published config is silent. @source transformers 5.23 LlamaConfig, MistralConfig, Qwen2Config */
const classDefaults = {
  llama: {
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 32000,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    max_position_embeddings: 2048,
  },
  mistral: {
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 32000,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    max_position_embeddings: 131072,
  },
  qwen2: {
    hidden_size: 4096,
    intermediate_size: 22016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    vocab_size: 151936,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    max_position_embeddings: 32768,
  },
} as const;

/** Fields whose usual value is all that the graph knows. */
const onlyKnown: readonly (readonly [field: string, value: unknown])[] = [
  ['hidden_act', 'silu'],
  ['mlp_bias', false],
];

/** Beyond what any model has. */
const most = { normEpsilon: 1, ropeTheta: 1e15 } as const;

/**
 * Reads the decoder's sizes.
 *
 * @throws {StudioError} 'model-unknown' for another kind of decoder, 'file-invalid' for sizes that do not go together
 */
export function readDecoderConfig(config: ConfigObject, absentKind: DecoderConfig['kind'] = 'llama'): DecoderConfig {
  const text = readObject(config, 'text_config', true);
  const kind = text['model_type'] ?? absentKind;
  if (kind !== 'llama' && kind !== 'mistral' && kind !== 'qwen2') {
    throw unknownField('text_config.model_type', kind, ['llama', 'mistral', 'qwen2']);
  }
  for (const [field, value] of onlyKnown) requireValue(text, field, value);
  if (kind !== 'qwen2') requireValue(text, 'attention_bias', false);
  const absent = classDefaults[kind];
  const size = (field: keyof typeof absent, most: number): number =>
    readSize(config, `text_config.${field}`, { absent: absent[field], most });
  const tied = readFlag(config, 'tie_word_embeddings', false);
  return {
    kind,
    layers: size('num_hidden_layers', mostSizes.layers),
    ...readHeads(config, kind, { hiddenSize: size('hidden_size', mostSizes.width), heads: size('num_attention_heads', mostSizes.heads) }),
    feedForwardSize: size('intermediate_size', mostSizes.feedForward),
    vocabularySize: size('vocab_size', mostSizes.vocabulary),
    normEpsilon: readPositive(config, 'text_config.rms_norm_eps', { absent: absent.rms_norm_eps, most: most.normEpsilon }),
    ropeTheta: readTheta(config, absent.rope_theta),
    hasQkvBias: kind === 'qwen2',
    isHeadTied: readFlag(config, 'text_config.tie_word_embeddings', tied),
    contextLength: readContext(config, kind, size('max_position_embeddings', mostSizes.positions)),
  };
}

type HeadSizes = Pick<DecoderConfig, 'hiddenSize' | 'heads' | 'keyValueHeads' | 'headWidth'>;

function readHeads(
  config: ConfigObject,
  kind: DecoderConfig['kind'],
  { hiddenSize, heads }: Pick<HeadSizes, 'hiddenSize' | 'heads'>,
): HeadSizes {
  const field = 'text_config.num_key_value_heads';
  const keyValueHeads = readSize(config, field, { absent: kind === 'mistral' ? 8 : heads, most: mostSizes.heads });
  if (heads % keyValueHeads !== 0) throw invalidField(field, `a divisor of the ${String(heads)} heads that share them`, keyValueHeads);
  const shared = hiddenSize / heads;
  const isGiven = (readObject(config, 'text_config', true)['head_dim'] ?? null) !== null;
  if (!isGiven && !Number.isInteger(shared)) {
    throw invalidField('text_config.hidden_size', `a multiple of the ${String(heads)} heads where head_dim is not given`, hiddenSize);
  }
  const headWidth = readSize(config, 'text_config.head_dim', { absent: shared, most: mostSizes.heads });
  // Rotary positions turn the two halves of a head against each other.
  if (headWidth % 2 !== 0) throw invalidField('text_config.head_dim', 'even', headWidth);
  return { hiddenSize, heads, keyValueHeads, headWidth };
}

function readTheta(config: ConfigObject, absent: number): number {
  const rope = readObject(config, 'text_config.rope_parameters', true);
  const ropeKind = rope['rope_type'] ?? 'default';
  const scaling = readObject(config, 'text_config', true)['rope_scaling'] ?? null;
  if (scaling !== null) throw unknownField('text_config.rope_scaling', scaling, ['null, the default rotary positions']);
  if (ropeKind !== 'default') throw unknownField('text_config.rope_parameters.rope_type', ropeKind, ['default rotary positions']);
  const field = 'rope_theta' in rope ? 'text_config.rope_parameters.rope_theta' : 'text_config.rope_theta';
  return readPositive(config, field, { absent, most: most.ropeTheta });
}

/** Mistral's sliding window changes nothing in a context that fits into it. */
function readContext(config: ConfigObject, kind: DecoderConfig['kind'], positions: number): number {
  const isWithout = readObject(config, 'text_config', true)['sliding_window'] === null;
  if (kind !== 'mistral' || isWithout) return positions;
  return Math.min(positions, readSize(config, 'text_config.sliding_window', { absent: 4096, most: mostSizes.positions }));
}

function requireValue(text: ConfigObject, field: string, known: unknown): void {
  const value = text[field] ?? known;
  if (value !== known) throw unknownField(`text_config.${field}`, value, [JSON.stringify(known)]);
}
