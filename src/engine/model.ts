/** @file Opens a bundle as a model that can look and write: sessions, tokenizer, template, picture processor. */

import { StudioError } from '../core/error.ts';
import { defaultDecoding, type DecodingOptions } from '../core/decode/options.ts';
import { readImageProcessor } from '../core/image/processor-config.ts';
import type { ImageProcessor } from '../core/image/processor.ts';
import type { LlavaModel } from '../../models/family.ts';
import { readModel } from '../../models/families.ts';
import type { Bundle } from './bundle/bundle.ts';
import { weightStore, type WeightStore } from './bundle/weight-store.ts';
import { openDecoder, type Decoder } from './caption/decoder.ts';
import { choosePolicy, type Runtime, type Session } from './runtime.ts';
import { readStopIds } from './text/stop-ids.ts';
import { openModelTemplate, openModelTokenizer, readJsonFile } from './text/open-template.ts';
import type { ChatTemplate } from './text/template.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

/** A model in memory, ready to caption. */
export interface OpenModel {
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly model: LlavaModel;
  readonly store: WeightStore;
  readonly decoder: Decoder;
  readonly vision: Session;
  readonly processor: ImageProcessor;
  readonly tokenizer: TextTokenizer;
  readonly template: ChatTemplate;
  readonly stopIds: readonly number[];
  /** What the model's own generation config asks for. */
  readonly defaults: DecodingOptions;
  close(): Promise<void>;
}

/**
 * Opens a model: reads its weights once and makes its sessions.
 *
 * @throws {StudioError} 'file-missing' or 'file-invalid' when the bundle is not whole, 'out-of-memory' when it does not fit
 */
export async function openModel(runtime: Runtime, bundle: Bundle): Promise<OpenModel> {
  const { files } = bundle;
  const model = readModel(bundle.manifest.config);
  const tokenizer = await openModelTokenizer(files);
  const generation = await readJsonFile(files, 'generation_config.json');
  const processor = await readJsonFile(files, 'preprocessor_config.json');
  if (!processor)
    throw new StudioError(
      'file-missing',
      `${files.name}: there is no preprocessor_config.json, which says how pictures are cut and scaled`,
    );
  const store = weightStore(bundle, choosePolicy(runtime.backend, float32Bytes(bundle)));
  const vision = await runtime.createSession({
    graph: model.vision.graph(store.catalog),
    weights: store,
    keepOnDevice: ['image_features'],
  });
  const decoder = await openDecoder(runtime, model.decoder, store);
  return {
    runtime,
    bundle,
    model,
    store,
    decoder,
    vision,
    processor: readImageProcessor(processor),
    tokenizer,
    template: await openModelTemplate(files, model, tokenizer),
    stopIds: readStopIds(generation, tokenizer),
    defaults: readDefaults(generation ?? {}),
    close: async () => {
      await vision.close();
      await decoder.close();
      await runtime.close();
    },
  };
}

/** How much the weights take as floats. @unit bytes */
function float32Bytes(bundle: Bundle): number {
  return bundle.manifest.tensors.reduce((sum, { shape }) => sum + 4 * shape.reduce((product, dim) => product * dim, 1), 0);
}

function readDefaults(generation: Readonly<Record<string, unknown>>): DecodingOptions {
  const number = (field: string, absent: number): number => {
    const value = generation[field];
    return typeof value === 'number' && Number.isFinite(value) ? value : absent;
  };
  const draws = generation['do_sample'] === true;
  return {
    ...defaultDecoding,
    maxNewTokens: number('max_new_tokens', defaultDecoding.maxNewTokens),
    beams: number('num_beams', 1),
    lengthPenalty: number('length_penalty', 1),
    repetitionPenalty: number('repetition_penalty', 1),
    noRepeatNgram: number('no_repeat_ngram_size', 0),
    ...(draws ? { temperature: number('temperature', 1), topK: number('top_k', 50), topP: number('top_p', 1) } : {}),
  };
}
