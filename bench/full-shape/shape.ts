/** @file The tensors and files of LLaVA-1.5-7B: true names and shapes, with as many layers and tokens as asked for. */

/** How much of the true shape is made. */
export interface FullShape {
  /** Layers of the decoder; 32 in truth. */
  readonly layers: number;
  /** Blocks of the vision tower; 24 in truth. */
  readonly towerLayers: number;
  /** Tokens; 32,064 in truth. */
  readonly vocabulary: number;
}

/** A tensor that is going to be made up: normally distributed numbers. */
export interface MadeUpTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly deviation: number;
}

const hidden = 4096;
const feedForward = 11008;
const heads = 32;
const towerHidden = 1024;
const towerFeedForward = 4096;
const imageSide = 336;
const patchSide = 14;
/** Positions of CLIP: one a patch, and one of the class token. */
const towerPositions = (imageSide / patchSide) ** 2 + 1;

/** The id of the picture's place: 32,000 of 32,064 in truth. */
export function imageTokenOf({ vocabulary }: FullShape): number {
  return vocabulary - 64;
}

/** The checkpoint's config.json. @source llava-hf/llava-1.5-7b-hf, with the sizes that it leaves to transformers' defaults */
export function configOf(shape: FullShape): Readonly<Record<string, unknown>> {
  return {
    architectures: ['LlavaForConditionalGeneration'],
    model_type: 'llava',
    image_token_index: imageTokenOf(shape),
    image_seq_length: towerPositions - 1,
    projector_hidden_act: 'gelu',
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
    vision_feature_layer: -2,
    vision_feature_select_strategy: 'default',
    text_config: {
      model_type: 'llama',
      hidden_size: hidden,
      intermediate_size: feedForward,
      num_hidden_layers: shape.layers,
      num_attention_heads: heads,
      num_key_value_heads: heads,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      vocab_size: shape.vocabulary,
    },
    vision_config: {
      model_type: 'clip_vision_model',
      hidden_size: towerHidden,
      intermediate_size: towerFeedForward,
      image_size: imageSide,
      patch_size: patchSide,
      num_hidden_layers: shape.towerLayers,
      num_attention_heads: 16,
      projection_dim: 768,
    },
  };
}

/** The checkpoint's preprocessor_config.json. @source openai/clip-vit-large-patch14-336 */
export const pictureRules = {
  image_processor_type: 'CLIPImageProcessor',
  do_convert_rgb: true,
  do_resize: true,
  size: { shortest_edge: imageSide },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: imageSide, width: imageSide },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** All tensors in the order of their files, named as transformers before 4.52 names them and the hub has them. */
export function tensorsOf(shape: FullShape): readonly MadeUpTensor[] {
  return [...towerTensors(shape), ...projectorTensors(), ...decoderTensors(shape)];
}

function towerTensors({ towerLayers }: FullShape): readonly MadeUpTensor[] {
  const prefix = 'vision_tower.vision_model';
  const block = (layer: number): readonly MadeUpTensor[] => {
    const name = `${prefix}.encoder.layers.${String(layer)}`;
    return [
      ...['q_proj', 'k_proj', 'v_proj'].flatMap((part) => biased(`${name}.self_attn.${part}`, towerHidden, towerHidden)),
      ...biased(`${name}.self_attn.out_proj`, towerHidden, towerHidden, calm(towerLayers)),
      ...layerNorm(`${name}.layer_norm1`),
      ...biased(`${name}.mlp.fc1`, towerHidden, towerFeedForward),
      ...biased(`${name}.mlp.fc2`, towerFeedForward, towerHidden, calm(towerLayers)),
      ...layerNorm(`${name}.layer_norm2`),
    ];
  };
  return [
    { name: `${prefix}.embeddings.class_embedding`, shape: [towerHidden], mean: 0, deviation: 0.02 },
    matrix(`${prefix}.embeddings.patch_embedding.weight`, [towerHidden, 3, patchSide, patchSide]),
    { name: `${prefix}.embeddings.position_embedding.weight`, shape: [towerPositions, towerHidden], mean: 0, deviation: 0.02 },
    ...layerNorm(`${prefix}.pre_layrnorm`), // the checkpoints' own spelling
    ...numbers(towerLayers).flatMap(block),
    ...layerNorm(`${prefix}.post_layernorm`),
  ];
}

function projectorTensors(): readonly MadeUpTensor[] {
  return [...biased('multi_modal_projector.linear_1', towerHidden, hidden), ...biased('multi_modal_projector.linear_2', hidden, hidden)];
}

function decoderTensors({ layers, vocabulary }: FullShape): readonly MadeUpTensor[] {
  const prefix = 'language_model.model';
  const layerOf = (layer: number): readonly MadeUpTensor[] => {
    const name = `${prefix}.layers.${String(layer)}`;
    return [
      ...['q_proj', 'k_proj', 'v_proj'].map((part) => matrix(`${name}.self_attn.${part}.weight`, [hidden, hidden])),
      matrix(`${name}.self_attn.o_proj.weight`, [hidden, hidden], calm(layers)),
      matrix(`${name}.mlp.gate_proj.weight`, [feedForward, hidden]),
      matrix(`${name}.mlp.up_proj.weight`, [feedForward, hidden]),
      matrix(`${name}.mlp.down_proj.weight`, [hidden, feedForward], calm(layers)),
      norm(`${name}.input_layernorm.weight`, hidden),
      norm(`${name}.post_attention_layernorm.weight`, hidden),
    ];
  };
  return [
    // Far above the published 0.02, so that what a token is outweighs what made-up layers add to it.
    { name: `${prefix}.embed_tokens.weight`, shape: [vocabulary, hidden], mean: 0, deviation: 1 },
    ...numbers(layers).flatMap(layerOf),
    norm(`${prefix}.norm.weight`, hidden),
    matrix('language_model.lm_head.weight', [vocabulary, hidden]),
  ];
}

/** What is added to the residual stream is made smaller with depth, so that activations stay near 1. */
function calm(layers: number): number {
  return 1 / Math.sqrt(2 * layers);
}

function matrix(name: string, shape: readonly number[], gain = 1): MadeUpTensor {
  const inputs = shape.slice(1).reduce((product, dim) => product * dim, 1);
  return { name, shape, mean: 0, deviation: gain / Math.sqrt(inputs) };
}

function biased(module: string, inputs: number, outputs: number, gain = 1): readonly MadeUpTensor[] {
  return [matrix(`${module}.weight`, [outputs, inputs], gain), { name: `${module}.bias`, shape: [outputs], mean: 0, deviation: 0.02 }];
}

function norm(name: string, width: number): MadeUpTensor {
  return { name, shape: [width], mean: 1, deviation: 0.1 };
}

function layerNorm(module: string): readonly MadeUpTensor[] {
  return [norm(`${module}.weight`, towerHidden), { name: `${module}.bias`, shape: [towerHidden], mean: 0, deviation: 0.02 }];
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
