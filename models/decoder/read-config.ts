/** @file Reads a text_config of Llama's or Qwen2's kind. */

import { StudioError } from '../../src/core/error.ts';
import { readFlag, readNumber, readObject, readSize, type ConfigObject } from '../fields.ts';
import type { DecoderConfig } from './config.ts';

/** What transformers assumes where a published config is silent. @source transformers 5.23 LlamaConfig, Qwen2Config */
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
    hasQkvBias: false,
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
    hasQkvBias: true,
  },
} as const;

/**
 * Reads the decoder's sizes.
 *
 * @throws {StudioError} 'model-unknown' for another kind of decoder, 'file-invalid' for sizes that do not go together
 */
export function readDecoderConfig(config: ConfigObject): DecoderConfig {
  const text = readObject(config, 'text_config');
  const kind = text['model_type'] ?? 'llama';
  if (kind !== 'llama' && kind !== 'qwen2') {
    throw new StudioError(
      'model-unknown',
      `config: text_config.model_type is ${JSON.stringify(kind)}; decoders known here are llama and qwen2`,
    );
  }
  const absent = classDefaults[kind];
  const hiddenSize = readSize(text, 'hidden_size', absent.hidden_size);
  const heads = readSize(text, 'num_attention_heads', absent.num_attention_heads);
  const keyValueHeads = readSize(text, 'num_key_value_heads', heads);
  const headWidth = readSize(text, 'head_dim', hiddenSize / heads);
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
    layers: readSize(text, 'num_hidden_layers', absent.num_hidden_layers),
    hiddenSize,
    heads,
    keyValueHeads,
    headWidth,
    feedForwardSize: readSize(text, 'intermediate_size', absent.intermediate_size),
    vocabularySize: readSize(text, 'vocab_size', absent.vocab_size),
    normEpsilon: readNumber(text, 'rms_norm_eps', absent.rms_norm_eps),
    ropeTheta: readNumber('rope_theta' in rope ? rope : text, 'rope_theta', absent.rope_theta),
    hasQkvBias: readFlag(text, 'attention_bias', absent.hasQkvBias),
    isHeadTied: readFlag(text, 'tie_word_embeddings', readFlag(config, 'tie_word_embeddings', false)),
    contextLength: readSize(text, 'max_position_embeddings', absent.max_position_embeddings),
  };
}
