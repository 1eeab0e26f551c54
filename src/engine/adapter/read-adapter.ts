/** @file Reads an adapter's folder; whether it fits a model is asked later. */

import type { FileSet } from '../../core/codec/byte-source.ts';
import { openSafetensors, readStored, type StoredTensor, type StoredTensors } from '../../core/codec/checkpoint-tensors.ts';
import { readJsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { readPeftConfig, type PeftConfig } from '../../core/peft/config.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import { elementCount } from '../../core/tensor/shape.ts';
import { readFloats } from '../../core/tensor/float16.ts';
import { float32, type Tensor } from '../../core/tensor/tensor.ts';
import { ownFiles, readDescription, type OwnDescription } from './own-form.ts';
import { unwatched, type AdapterWatch } from './watch.ts';

/** Tensors by the keys that they have in files. */
export type FileTensors = ReadonlyMap<string, Tensor<'float32'>>;

/** An adapter as its files have it. */
export interface AdapterFolder {
  /** What to call it in messages. */
  readonly place: string;
  /** Null where only our own form is there. */
  readonly config: PeftConfig | null;
  /** PEFT's tensors, with those of a projector's side file. */
  readonly tensors: FileTensors;
  readonly description: OwnDescription | null;
  /** The tensors of our own form. */
  readonly ownTensors: FileTensors;
}

/** What reading may take. */
export interface ReadLimits {
  /** Of all that was learned, as the floats that it becomes. @unit bytes */
  readonly learnedBytes: number;
}

const configName = 'adapter_config.json';
/** @unit bytes */
const maxConfigBytes = 4 * 2 ** 20;

/** Pickles, which can run code when they are opened. */
const pickles: Readonly<Record<string, string>> = {
  'adapter_model.bin': 'adapter_model.safetensors',
  'non_lora_trainables.bin': 'non_lora_trainables.safetensors',
  'mm_projector.bin': 'mm_projector.safetensors',
};
/** What `readFloats` reads. */
const floatTypes: ReadonlySet<DType> = new Set<DType>(['float32', 'float16', 'bfloat16', 'float64']);

/** The projector that the original LLaVA code trains along. */
const sideFiles = ['non_lora_trainables', 'mm_projector'] as const;

/** Tells whether a file of a folder is read as part of an adapter, by its name. */
export function isAdapterFile(name: string): boolean {
  const bases = ['adapter_config', 'adapter_model', 'caption-studio', ...sideFiles];
  return bases.some((base) => name.startsWith(`${base}.`) || name.startsWith(`${base}-`)); // a hyphen stands before the number of a shard
}

/**
 * Reads an adapter's folder. The adapter may lie in one of its folders.
 *
 * @throws {StudioError} 'file-missing' when there is no adapter, 'file-invalid' for broken files and pickles, 'adapter-mismatch' for unknown methods,
 * 'out-of-memory' when it is larger than the limit, before anything of it is read, and 'cancelled' when the watch says so
 */
export async function readAdapterFolder(
  files: FileSet,
  limits: ReadLimits = { learnedBytes: Number.POSITIVE_INFINITY },
  watch = unwatched,
): Promise<AdapterFolder> {
  const root = await findRoot(files);
  const inner: FileSet = {
    name: files.name,
    list: async () => (await files.list()).filter((path) => path.startsWith(root)),
    open: (path) => files.open(root + path),
  };
  const room: Room = { leftBytes: limits.learnedBytes, ...limits };
  const open = (base: string): Promise<StoredByKey> => openTensors(inner, base, room);
  const openIfThere = async (base: string): Promise<StoredByKey> => ((await inner.open(`${base}.safetensors`)) ? open(base) : new Map());
  const description = await readOwnDescription(inner);
  const ownTensors = await openIfThere('caption-studio');
  const configFile = await inner.open(configName);
  if (!configFile) return { place: files.name, config: null, description, ...(await readAll({ tensors: new Map(), ownTensors }, watch)) };
  const config = readPeftConfig(await readJsonObject(configFile, maxConfigBytes), `${files.name}/${configName}`);
  await refusePickles(inner);
  const tensors = new Map(await open('adapter_model'));
  for (const name of sideFiles) for (const [key, tensor] of await openIfThere(name)) tensors.set(key, tensor);
  return { place: files.name, config, description, ...(await readAll({ tensors, ownTensors }, watch)) };
}

/** Tensors of which nothing has been read. */
type StoredByKey = StoredTensors['tensors'];

type Both<T> = { readonly [part in 'tensors' | 'ownTensors']: T };

/** Reads what was opened; how much that is, is known before the first number is read. */
async function readAll({ tensors, ownTensors }: Both<StoredByKey>, watch: AdapterWatch): Promise<Both<FileTensors>> {
  watch.begin(
    'reading',
    [...ownTensors.values(), ...tensors.values()].reduce((sum, { info }) => sum + info.end - info.start, 0),
  );
  const read = async (stored: StoredByKey): Promise<FileTensors> => {
    const floats = new Map<string, Tensor<'float32'>>();
    for (const [key, one] of stored) floats.set(key, await readLearned(one));
    return floats;
  };
  return { ownTensors: await read(ownTensors), tensors: await read(tensors) };
}

async function findRoot(files: FileSet): Promise<string> {
  const paths = await files.list();
  for (const name of [configName, ownFiles.description]) {
    const found = paths.filter((path) => path === name || path.endsWith(`/${name}`));
    const [first] = found;
    if (first === undefined) continue;
    if (found.length === 1 || found.includes(name)) return found.includes(name) ? '' : first.slice(0, -name.length);
    throw new StudioError(
      'file-invalid',
      `${files.name}: holds several adapters (${found.slice(0, 5).join(', ')}); choose the folder of one`,
    );
  }
  throw new StudioError('file-missing', `${files.name}: there is no ${configName} here, so this is no adapter`);
}

async function readOwnDescription(files: FileSet): Promise<OwnDescription | null> {
  const file = await files.open(ownFiles.description);
  return file ? readDescription(await readJsonObject(file, maxConfigBytes), `${files.name}/${ownFiles.description}`) : null;
}

async function refusePickles(files: FileSet): Promise<void> {
  for (const [pickle, instead] of Object.entries(pickles)) {
    if ((await files.open(pickle)) === null || (await files.open(instead)) !== null) continue;
    throw new StudioError(
      'file-invalid',
      `${files.name}/${pickle}: is a pickle, which can run code when it is opened; save it as ${instead} (Python: safetensors.torch.save_file(torch.load("${pickle}", weights_only=True), "${instead}"))`,
    );
  }
}

/** How much of the limit is left. */
interface Room extends ReadLimits {
  leftBytes: number;
}

async function openTensors(files: FileSet, base: string, room: Room): Promise<StoredByKey> {
  const { tensors } = await openSafetensors(files, base);
  takeRoom(`${files.name}/${base}.safetensors`, [...tensors.values()], room);
  return tensors;
}

/** The sizes come from a header that was compared with the length of its file. */
function takeRoom(place: string, stored: readonly StoredTensor[], room: Room): void {
  room.leftBytes -= stored.reduce((sum, { info }) => sum + 4 * elementCount(info.shape), 0);
  if (room.leftBytes >= 0) return;
  const { learnedBytes } = room;
  const bytes = learnedBytes - room.leftBytes;
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
  throw new StudioError(
    'out-of-memory',
    `${place}: what was learned takes ${gigabytes(bytes)} as 32-bit numbers, and ${gigabytes(learnedBytes)} can be held here; merge it into the model on the command line (merge), or train it with fewer modules_to_save`,
    { details: { file: place, bytes, learnedBytes } },
  );
}

/** Reads a tensor as floats. A number that is none would spoil every caption, and nobody would see why. */
async function readLearned(stored: StoredTensor): Promise<Tensor<'float32'>> {
  const { source, info } = stored;
  const wrong = (what: string): StudioError =>
    new StudioError('file-invalid', `${source.name}, tensor ${info.name}: ${what}`, { details: { file: source.name, tensor: info.name } });
  if (!floatTypes.has(info.dtype)) throw wrong(`its type is ${info.dtype}; what was learned is ${[...floatTypes].join(', ')}`);
  const { dtype, data, shape } = await readStored(stored);
  const floats = readFloats(dtype, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw wrong(`holds ${String(floats[bad])} at ${String(bad)}, which is no number to compute with; the training that made it went wrong`);
  return float32(shape, floats);
}
