/** @file Reads a text_config of Llama's, Mistral's or Qwen2's kind. */

import { StudioError } from '../../src/core/error.ts';
import { mostSizes, readFlag, readNumber, readObject, readSize, type ConfigObject } from '../fields.ts';
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

/**
 * Reads the decoder's sizes.
 *
 * @throws {StudioError} 'model-unknown' for another kind of decoder, 'file-invalid' for sizes that do not go together
 */
export function readDecoderConfig(config: ConfigObject, absentKind: DecoderConfig['kind'] = 'llama'): DecoderConfig {
  const text = readObject(config, 'text_config', true);
  const kind = text['model_type'] ?? absentKind;
  if (kind !== 'llama' && kind !== 'mistral' && kind !== 'qwen2') {
    throw new StudioError(
      'model-unknown',
      `config: text_config.model_type is ${JSON.stringify(kind)}; decoders known here are llama, mistral and qwen2`,
    );
  }
  for (const [field, value] of onlyKnown) requireValue(text, field, value);
  if (kind !== 'qwen2') requireValue(text, 'attention_bias', false);
  const absent = classDefaults[kind];
  const hiddenSize = readSize(text, 'hidden_size', absent.hidden_size, mostSizes.width);
  const heads = readSize(text, 'num_attention_heads', absent.num_attention_heads, mostSizes.heads);
  const keyValueHeads = readSize(text, 'num_key_value_heads', kind === 'mistral' ? 8 : heads);
  const headWidth = readSize(text, 'head_dim', hiddenSize / heads, mostSizes.heads);
  if (heads % keyValueHeads !== 0) {
    throw new StudioError(
      'file-invalid',
      `config: ${String(heads)} heads cannot share ${String(keyValueHeads)} key/value heads (text_config.num_key_value_heads)`,
    );
  }
  const rope = readObject(text, 'rope_parameters', true);
  const ropeKind = rope['rope_type'] ?? 'default';
  const scaling = text['rope_scaling'] ?? null;
  if (ropeKind !== 'default' || scaling !== null) {
    throw new StudioError(
      'model-unknown',
      `config: rotary positions of type ${JSON.stringify(scaling ?? ropeKind)} are not known here; only the default ones are`,
    );
  }
  return {
    kind,
    layers: readSize(text, 'num_hidden_layers', absent.num_hidden_layers, mostSizes.layers),
    hiddenSize,
    heads,
    keyValueHeads,
    headWidth,
    feedForwardSize: readSize(text, 'intermediate_size', absent.intermediate_size),
    vocabularySize: readSize(text, 'vocab_size', absent.vocab_size),
    normEpsilon: readNumber(text, 'rms_norm_eps', absent.rms_norm_eps),
    ropeTheta: readNumber('rope_theta' in rope ? rope : text, 'rope_theta', absent.rope_theta),
    hasQkvBias: kind === 'qwen2',
    isHeadTied: readFlag(text, 'tie_word_embeddings', readFlag(config, 'tie_word_embeddings', false)),
    contextLength: readContext(text, kind, readSize(text, 'max_position_embeddings', absent.max_position_embeddings)),
  };
}

/** Mistral's sliding window changes nothing in a context that fits into it. */
function readContext(text: ConfigObject, kind: DecoderConfig['kind'], positions: number): number {
  const window = text['sliding_window'] === undefined ? 4096 : text['sliding_window'];
  return kind === 'mistral' && window !== null ? Math.min(positions, readSize({ window }, 'window')) : positions;
}

function requireValue(text: ConfigObject, field: string, known: unknown): void {
  const value = text[field] ?? known;
  if (value === known) return;
  throw new StudioError(
    'model-unknown',
    `config: text_config.${field} is ${JSON.stringify(value)}; known here is ${JSON.stringify(known)} only`,
  );
}
