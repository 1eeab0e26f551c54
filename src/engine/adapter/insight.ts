/** @file What an adapter looks like inside. */

/** One soft token beside the words that it is nearest to. */
export interface SoftTokenInsight {
  /** Euclidean length of its row, and the usual length of a row of the vocabulary. */
  readonly norm: number;
  /** Nearest first. */
  readonly nearest: readonly { readonly token: string; readonly cosine: number }[];
  /** How far it is from where it started; null where the start is not known. */
  readonly moved: number | null;
}

/** The size of a change of one linear layer. */
export interface LayerChange {
  /** Where it stands in the model; projector and head are no stacks of layers. */
  readonly place: 'decoder' | 'head' | 'projector' | 'tower';
  /** 0 where there is one only. */
  readonly layer: number;
  /** `q_proj`, `down_proj` … */
  readonly part: string;
  /** ‖scale · B A‖, Frobenius. */
  readonly change: number;
  /** The same beside ‖W‖. */
  readonly relative: number;
  /** DoRA: the mean of |m / ‖W row‖ - 1|; null for LoRA. */
  readonly stretch: number | null;
}

/** What can be seen of an adapter, by kind. */
export type AdapterInsight =
  | { readonly kind: 'prompt'; readonly vocabularyNorm: number; readonly tokens: readonly SoftTokenInsight[] }
  /** Lengths of keys and values, one entry a layer, means over tokens. */
  | {
      readonly kind: 'prefix';
      readonly layers: readonly { readonly layer: number; readonly keyNorm: number; readonly valueNorm: number }[];
    }
  | { readonly kind: 'lora' | 'dora'; readonly changes: readonly LayerChange[] }
  /** How far whole weights are from the base's, beside their length. */
  | { readonly kind: 'weights'; readonly tensors: readonly { readonly name: string; readonly relative: number }[] };
