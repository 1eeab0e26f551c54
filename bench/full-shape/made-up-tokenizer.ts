/** @file A tokenizer of any size in the format of tokenizers: single characters, and made-up words that no text has but any caption can show. */

import { imageTokenOf, type FullShape } from './shape.ts';

/** The files of the tokenizer by name. */
export function tokenizerFiles(shape: FullShape): Readonly<Record<string, unknown>> {
  const image = imageTokenOf(shape);
  const special = new Map([
    [0, '<unk>'],
    [1, '<s>'],
    [2, '</s>'],
    [image, '<image>'],
    [image + 1, '<pad>'],
  ]);
  const characters = ['\n', ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))];
  const spelled = (id: number): string => special.get(id) ?? characters[id - 3] ?? ` word${String(id)}`;
  const vocabulary = Object.fromEntries(Array.from({ length: shape.vocabulary }, (_, id) => [spelled(id), id]));
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...special].map(([id, content]) => addedToken(id, content)),
      normalizer: null,
      pre_tokenizer: null,
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
      },
      decoder: { type: 'Fuse' },
      model: { type: 'BPE', unk_token: '<unk>', fuse_unk: false, byte_fallback: false, vocab: vocabulary, merges: [] },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      bos_token: '<s>',
      eos_token: '</s>',
      unk_token: '<unk>',
      pad_token: '<pad>',
    },
    'generation_config.json': { bos_token_id: 1, eos_token_id: 2, pad_token_id: image + 1 },
  };
}

function addedToken(id: number, content: string): Readonly<Record<string, unknown>> {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}
