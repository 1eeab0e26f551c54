/** @file What a model would take, told before its weights are fetched. */

import type { ByteSource, FileSet } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import type { TokenRange } from '../../core/image/anyres.ts';
import type { ImageProcessor } from '../../core/image/processor.ts';
import { elementCount } from '../../core/tensor/shape.ts';
import { blockMatrix, type BundleManifest, type StoredTensor } from '../../../models/bundle.ts';
import { readModel } from '../../../models/families.ts';
import type { LlavaModel } from '../../../models/family.ts';
import { openBundle, type Bundle } from '../bundle/bundle.ts';
import { openCheckpoint, type OpenCheckpoint } from '../convert/convert.ts';
import { planBytes, planConversion } from '../convert/plan.ts';
import { precisions, type Precision } from '../convert/precision.ts';
import { openModelTokenizer } from '../text/open-template.ts';
import { withTokenizerJson } from '../text/sentencepiece.ts';
import { countImageTokens } from '../image-tokens.ts';
import { openProcessor } from '../open-processor.ts';

/** In what form a model comes in: converted to a precision, or a bundle as it is. */
export type LoadForm = Precision | 'as-is';

/** One way to load a model, with what it takes. */
export interface LoadChoice {
  readonly form: LoadForm;
  /** What is kept. @unit bytes */
  readonly storedBytes: number;
  /** What is fetched, beside some small files. @unit bytes */
  readonly fetchedBytes: number;
  /** What the weights take on a GPU. @unit bytes */
  readonly memoryBytes: number;
  /** The largest buffer that one of them needs there. @unit bytes */
  readonly largestBufferBytes: number;
  readonly largestTensor: string;
}

/** What a source turned out to be. */
export interface Survey {
  readonly kind: 'bundle' | 'checkpoint';
  readonly family: string;
  /** How many tokens a picture takes; with tiles that depends on its size and shape. */
  readonly imageTokens: TokenRange;
  readonly contextLength: number;
  readonly choices: readonly LoadChoice[];
}

/** A source that was looked at, ready to be loaded. */
export type OpenSource = { readonly survey: Survey } & (
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | {
      readonly kind: 'checkpoint';
      readonly checkpoint: OpenCheckpoint;
      readonly files: FileSet;
      /** Which file each source of its tensors is. */
      readonly paths: ReadonlyMap<ByteSource, string>;
    }
);

/**
 * Looks at a source: its config, the headers of its weights, its tokenizer and picture rules; no weights.
 *
 * @throws {StudioError} 'model-unknown', 'file-missing', 'file-invalid' or 'shape-mismatch', naming what the source lacks or has wrong
 */
export async function openSource(given: FileSet): Promise<OpenSource> {
  const paths = new Map<ByteSource, string>();
  const files = withTokenizerJson(recordPaths(given, paths));
  if (await files.open('manifest.json')) {
    const bundle = await openBundle(files);
    const model = readModel(bundle.manifest.config);
    const processor = await openProcessor(files, bundle.manifest.config, model);
    return { kind: 'bundle', bundle, survey: describe('bundle', { model, processor }, [bundleChoice(bundle.manifest)]) };
  }
  await refusePickles(files);
  const checkpoint = await openCheckpoint(files);
  // Both are needed to caption; better to hear of it before gigabytes are fetched.
  await openModelTokenizer(files);
  const processor = await openProcessor(files, checkpoint.config, checkpoint.model);
  const choices = precisions.map((precision) => checkpointChoice(checkpoint, precision));
  return { kind: 'checkpoint', checkpoint, files, paths, survey: describe('checkpoint', { model: checkpoint.model, processor }, choices) };
}

function recordPaths(files: FileSet, paths: Map<ByteSource, string>): FileSet {
  return {
    name: files.name,
    list: () => files.list(),
    open: async (path) => {
      const source = await files.open(path);
      if (source) paths.set(source, path);
      return source;
    },
  };
}

interface Opened {
  readonly model: LlavaModel;
  readonly processor: ImageProcessor;
}

function describe(kind: Survey['kind'], { model, processor }: Opened, choices: readonly LoadChoice[]): Survey {
  const imageTokens = countImageTokens(model.vision, processor);
  return { kind, family: model.family, imageTokens, contextLength: model.decoder.contextLength, choices };
}

function bundleChoice(manifest: BundleManifest): LoadChoice {
  const storedBytes = [...manifest.shards, ...manifest.files].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { form: 'as-is', storedBytes, fetchedBytes: storedBytes, ...deviceNeeds(manifest.tensors) };
}

function checkpointChoice({ tensors }: OpenCheckpoint, precision: Precision): LoadChoice {
  const plan = planConversion(tensors, precision);
  const { written, read } = planBytes(plan);
  return { form: precision, storedBytes: written, fetchedBytes: read, ...deviceNeeds(plan.stored) };
}

/** On a GPU blocks stay blocks, with scales as floats; all else is computed on as floats. */
function deviceNeeds(tensors: readonly StoredTensor[]): Pick<LoadChoice, 'memoryBytes' | 'largestBufferBytes' | 'largestTensor'> {
  let memoryBytes = 0;
  let largestBufferBytes = 0;
  let largestTensor = '';
  for (const { name, shape, format } of tensors) {
    const { rows, columns } = blockMatrix(shape);
    const scales = format.kind === 'blocks' ? rows * Math.ceil(columns / format.block) * 4 : 0;
    const body =
      format.kind === 'blocks' ? (rows * Math.ceil(columns / format.block) * format.block * format.bits) / 8 : elementCount(shape) * 4;
    memoryBytes += body + scales;
    if (body > largestBufferBytes) [largestBufferBytes, largestTensor] = [body, name];
  }
  return { memoryBytes, largestBufferBytes, largestTensor };
}

/** Weights that are programs: reading them runs whatever their writer put in. */
const pickleNames = ['pytorch_model.bin', 'pytorch_model.bin.index.json', 'consolidated.00.pth', 'model.pt', 'model.ckpt'] as const;

async function refusePickles(files: FileSet): Promise<void> {
  const listed = await files.list();
  const isThere = async (path: string): Promise<boolean> => (await files.open(path)) !== null;
  if (listed.length === 0) {
    if ((await isThere('model.safetensors.index.json')) || (await isThere('model.safetensors'))) return;
    for (const path of pickleNames.slice(0, 2)) if (await isThere(path)) throw pickled(files.name, path);
    return;
  }
  if (listed.some((path) => path.endsWith('.safetensors'))) return;
  const pickle = listed.find((path) => /\.(?:bin|pth?|ckpt|pkl)$/.test(path));
  if (pickle !== undefined) throw pickled(files.name, pickle);
  const packed = listed.find((path) => path.endsWith('.gguf'));
  if (packed === undefined) return;
  throw new StudioError(
    'model-unknown',
    `${files.name}: ${packed} is GGUF, which is not read; take the safetensors checkpoint that it was made from`,
  );
}

function pickled(folder: string, path: string): StudioError {
  return new StudioError(
    'file-invalid',
    `${folder}: the weights are a pickle (${path}), a program that runs while it is read, so it is not read here. Look for safetensors of ` +
      'the same model (llava-hf on the hub has most; else its revision refs/pr/…), or load it once in Python with transformers and save it with save_pretrained(folder)',
    { details: { file: path } },
  );
}
