/** @file A checkpoint shaped as llava-mini with few blocks, a vocabulary of 96 tokens and weights by chance. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/core/codec/safetensors-write.ts';
import { makeRandom } from '../../src/core/tensor/random.ts';
import { float32, type Tensor } from '../../src/core/tensor/tensor.ts';
import { root } from './run-studio.ts';

const imageSide = 64;
const hidden = 64;
const blocks = [
  { expand: 1, kernel: 3, stride: 2, inputs: 8, outputs: 8, residual: false },
  { expand: 2, kernel: 3, stride: 1, inputs: 8, outputs: 8, residual: true },
  { expand: 2, kernel: 5, stride: 2, inputs: 8, outputs: 12, residual: false },
  { expand: 2, kernel: 3, stride: 2, inputs: 12, outputs: 16, residual: false },
  { expand: 2, kernel: 3, stride: 2, inputs: 16, outputs: 16, residual: false },
];

const config = {
  architectures: ['LlavaForConditionalGeneration'],
  model_type: 'llava',
  image_token_index: 4,
  image_seq_length: 4,
  projector_hidden_act: 'gelu',
  vision_feature_layer: -1,
  vision_feature_select_strategy: 'full',
  tie_word_embeddings: true,
  text_config: {
    model_type: 'llama',
    hidden_size: hidden,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 96,
    vocab_size: 96,
    head_dim: 16,
    hidden_act: 'silu',
    max_position_embeddings: 256,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    tie_word_embeddings: true,
  },
  vision_config: {
    model_type: 'efficientnet-lite',
    image_size: imageSide,
    hidden_size: 32,
    hidden_act: 'relu6',
    padding: 'same_upper',
    stem_channels: 8,
    head_channels: 32,
    blocks,
  },
};

/** Writes the checkpoint into a folder; the same weights each time. */
export function writeTinyCheckpoint(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, value: unknown): void => {
    writeFileSync(join(folder, name), JSON.stringify(value));
  };
  put('config.json', config);
  put('preprocessor_config.json', {
    image_processor_type: 'CLIPImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { height: imageSide, width: imageSide },
    resample: 3,
    do_center_crop: false,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  });
  const tokenizer = join(root, 'test/fixtures/reference/llava15-vicuna/checkpoint');
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
    cpSync(join(tokenizer, name), join(folder, name));
  writeFileSync(join(folder, 'README.md'), '---\nlicense: cc0-1.0\n---\n');
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tinyWeights()));
}

function tinyWeights(): ReadonlyMap<string, Tensor> {
  const random = makeRandom(7);
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[]): void => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const fanIn = size / (shape[0] ?? 1);
    const isNorm = /norm\.weight$/u.test(name);
    tensors.set(
      name,
      float32(
        shape,
        Float32Array.from({ length: size }, () => (isNorm ? 1 : (random.nextUniform() * 2 - 1) * Math.sqrt(3 / fanIn))),
      ),
    );
  };
  const conv = (name: string, outputs: number, inputs: number, kernel: number): void => {
    add(`vision_tower.${name}.weight`, [outputs, inputs, kernel, kernel]);
    add(`vision_tower.${name}.bias`, [outputs]);
  };
  conv('stem', 8, 3, 3);
  for (const [i, { expand, kernel, inputs, outputs }] of blocks.entries()) {
    const width = inputs * expand;
    if (expand !== 1) conv(`blocks.${String(i)}.expand`, width, inputs, 1);
    conv(`blocks.${String(i)}.depthwise`, width, 1, kernel);
    conv(`blocks.${String(i)}.project`, outputs, width, 1);
  }
  conv('head', 32, 16, 1);
  for (const [name, inputs] of [
    ['linear_1', 32],
    ['linear_2', hidden],
  ] as const) {
    add(`multi_modal_projector.${name}.weight`, [hidden, inputs]);
    add(`multi_modal_projector.${name}.bias`, [hidden]);
  }
  add('language_model.model.embed_tokens.weight', [96, hidden]);
  for (const layer of [0, 1]) {
    const part = (name: string, shape: readonly number[]): void => {
      add(`language_model.model.layers.${String(layer)}.${name}.weight`, shape);
    };
    part('input_layernorm', [hidden]);
    part('post_attention_layernorm', [hidden]);
    part('self_attn.q_proj', [64, hidden]);
    part('self_attn.k_proj', [32, hidden]);
    part('self_attn.v_proj', [32, hidden]);
    part('self_attn.o_proj', [hidden, 64]);
    part('mlp.gate_proj', [96, hidden]);
    part('mlp.up_proj', [96, hidden]);
    part('mlp.down_proj', [hidden, 96]);
  }
  add('language_model.model.norm.weight', [hidden]);
  return tensors;
}
