/** @file The sizes of a Llama-shaped decoder: Llama, Vicuna, Qwen2 and our own small one. */

/** Everything that the decoder's graph depends on. */
export interface DecoderConfig {
  /** The decoder's own `model_type`. */
  readonly kind: 'llama' | 'mistral' | 'qwen2';
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly feedForwardSize: number;
  readonly vocabularySize: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** Qwen2 has biases on q, k and v, Llama has none. */
  readonly hasQkvBias: boolean;
  /** Whether the head is the embedding table itself. */
  readonly isHeadTied: boolean;
  /** The longest sequence the decoder was made for, in positions. */
  readonly contextLength: number;
}
