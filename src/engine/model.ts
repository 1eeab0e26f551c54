/** @file Opens a bundle as a model that can look and write: sessions, tokenizer, template, picture processor. */

import { defaultDecoding, type DecodingOptions } from '../core/decode/options.ts';
import type { ImageProcessor } from '../core/image/processor.ts';
import type { LlavaModel } from '../../models/family.ts';
import { readModel } from '../../models/families.ts';
import { makeRowSummer, type RowSummer } from './adapter/row-sums.ts';
import type { Bundle } from './bundle/bundle.ts';
import { weightStore, type WeightStore } from './bundle/weight-store.ts';
import { openDecoder, type Decoder } from './caption/decoder.ts';
import { openProcessor } from './open-processor.ts';
import { closeVision, openVision, type OpenVision } from './open-vision.ts';
import { choosePolicy, type ComputePolicy, type DeviceTensor, type Runtime } from './runtime.ts';
import { readStopIds } from './text/stop-ids.ts';
import { openModelTemplate, openModelTokenizer, readJsonFile } from './text/open-template.ts';
import type { ChatTemplate } from './text/template.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

/** Learned rows that go with those of pictures. */
export interface SoftPrompt {
  readonly tokens: number;
  /** Gives rows with the prompt's after them, and frees the former. @shape rows [N, P, E] → [1, N · P + T, E] */
  append(rows: DeviceTensor): Promise<DeviceTensor>;
}

/** A model in memory, ready to caption; with adapters it is another value of this type. */
export interface OpenModel extends OpenVision {
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly model: LlavaModel;
  readonly store: WeightStore;
  readonly decoder: Decoder;
  /** What a DoRA needs of the decoder's frozen weights. */
  readonly rowSums: RowSummer;
  /** A learned prompt that stands in the written one's place; null where the written one does. */
  readonly soft: SoftPrompt | null;
  readonly processor: ImageProcessor;
  readonly tokenizer: TextTokenizer;
  readonly template: ChatTemplate;
  readonly stopIds: readonly number[];
  /** What the model's own generation config asks for. */
  readonly defaults: DecodingOptions;
  close(): Promise<void>;
}

/** How a model is opened. */
export interface OpenOptions {
  /** In what form matrices are computed; what suits the host by default. */
  readonly policy?: ComputePolicy;
}

/**
 * Opens a model: reads its weights once and makes its sessions.
 *
 * @throws {StudioError} 'file-missing' or 'file-invalid' when the bundle is not whole, 'out-of-memory' when it does not fit
 */
export async function openModel(runtime: Runtime, bundle: Bundle, options: OpenOptions = {}): Promise<OpenModel> {
  const { files } = bundle;
  const model = readModel(bundle.manifest.config);
  const tokenizer = await openModelTokenizer(files);
  const generation = await readJsonFile(files, 'generation_config.json');
  const processor = await openProcessor(files, bundle.manifest.config, model);
  const store = weightStore(bundle, options.policy ?? choosePolicy(runtime.backend, float32Bytes(bundle)));
  const seeing = await openVision({ runtime, model, store });
  const decoder = await openDecoder(runtime, model.decoder, store);
  const rowSums = makeRowSummer({ runtime, config: model.decoder, store });
  return {
    runtime,
    bundle,
    model,
    store,
    decoder,
    rowSums,
    soft: null,
    ...seeing,
    processor,
    tokenizer,
    template: await openModelTemplate(files, model, tokenizer),
    stopIds: readStopIds(generation, tokenizer),
    defaults: readDefaults(generation ?? {}),
    close: async () => {
      await closeVision(seeing);
      await rowSums.close();
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
    earlyStopping: generation['early_stopping'] === true || generation['early_stopping'] === 'never' ? generation['early_stopping'] : false,
    repetitionPenalty: number('repetition_penalty', 1),
    noRepeatNgram: number('no_repeat_ngram_size', 0),
    ...(draws ? { temperature: number('temperature', 1), topK: number('top_k', 50), topP: number('top_p', 1) } : {}),
  };
}
