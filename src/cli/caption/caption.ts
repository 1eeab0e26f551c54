/** @file `caption`: captions pictures, folders and archives. */

import { Option, type Command } from 'commander';
import { checkDecoding, defaultDecoding, type DecodingOptions } from '../../core/decode/options.ts';
import { usualPrompts } from '../../core/text/usual-prompts.ts';
import { StudioError } from '../../core/error.ts';
import { chooseBatchSize } from '../../engine/caption/batch-size.ts';
import { captionPictures, type CaptionOutcome, type CaptionRequest } from '../../engine/caption/captioner.ts';
import { promptLength, promptParts, roomFor } from '../../engine/caption/prompt-sequence.ts';
import type { OpenModel } from '../../engine/model.ts';
import { addAdapterOptions, openWornModel } from '../adapter-flags.ts';
import { addDecodingOptions, decodingOf, promptOf, readNumber, readPositive, type CaptionFlags } from './caption-flags.ts';
import { openOutput } from './caption-output.ts';
import type { CaptionOutput } from './caption-output-contract.ts';
import { decodePicture } from '../decode-picture.ts';
import { openNodeModel } from '../open-model.ts';
import { findPictures, type PictureInput } from './picture-inputs.ts';
import { progressLine } from '../progress.ts';
import { sayError } from '../say-error.ts';
import { isSystemError, systemError } from '../system-error.ts';

/** Adds the verb to a program. */
export function addCaptionCommand(program: Command): void {
  const command = program.command('caption');
  command
    .description('caption pictures, folders of pictures, tar and zip archives')
    .argument('<pictures...>', 'pictures, folders, .tar or .zip archives')
    .option('--model <folder>', 'a model bundle; the embedded one by default')
    .option('--prompt <text>', `a prompt, or one of ${Object.keys(usualPrompts).join(', ')}`, 'one')
    .option('--system <text>', "system prompt; the model's own by default, '' for none");
  addDecodingOptions(addAdapterOptions(command))
    .option('--seed <number>', 'seed of the draws', readNumber)
    .option('--captions <count>', 'captions for each picture', readPositive)
    .addOption(new Option('--format <format>', 'what is written').choices(['jsonl', 'txt', 'csv', 'coco']).default('jsonl'))
    .option('--out <path>', 'file to write; for txt a folder, beside the pictures by default')
    .addOption(
      new Option('--existing <policy>', 'what to do with captions that are there')
        .choices(['skip', 'overwrite', 'append', 'prepend'])
        .default('skip'),
    )
    .option('--limit <count>', 'caption only so many pictures', readPositive)
    .option('--batch <count>', 'pictures side by side; as many as pay and fit by default', readPositive)
    .action(runCaption);
}

async function runCaption(places: readonly string[], { out, ...others }: CaptionFlags): Promise<void> {
  if (out === '-' && others.format === 'txt')
    throw new StudioError('argument-invalid', '--out -: texts beside pictures are many files; say a folder, or another --format');
  const flags: CaptionFlags = out === undefined || out === '-' ? others : { ...others, out };
  checkDecoding(decodingOf(flags, defaultDecoding)); // before anything is loaded
  const found = await findPictures(places);
  if (found.length === 0) throw new StudioError('argument-invalid', `${places.join(', ')}: there are no pictures here`);
  if ((await captionFound(found, flags)) > 0) return;
  const all = found.length === 1 ? 'the picture has a caption' : `all ${found.length.toLocaleString('en')} pictures have captions`;
  process.stderr.write(`nothing to do: ${all} there already; --existing overwrite writes new ones\n`);
}

/**
 * Captions pictures where the options say; what has a caption there is left out, so that a stopped run is gone on with.
 *
 * @param open opens the model, unless there is nothing to do
 * @returns how many pictures had no caption yet
 *
 * @throws {StudioError} 'cancelled' after Ctrl-C; what opening the model or the output can fail with
 */
export async function captionFound(
  found: readonly PictureInput[],
  flags: CaptionFlags,
  open: () => Promise<OpenModel> = () => openWornModel(() => openNodeModel(flags.model), flags),
): Promise<number> {
  const output = await openOutput(flags, found);
  let isWhole = false;
  try {
    const todo = await choosePictures(found, output, flags);
    if (todo.length > 0) await captionAll(await open(), todo, { output, flags });
    isWhole = true;
    return todo.length;
  } finally {
    await output.close(isWhole);
  }
}

interface Todo {
  readonly input: PictureInput;
  /** The captions that are there already, to be kept beside the new ones. */
  readonly before: readonly string[] | null;
}

async function choosePictures(found: readonly PictureInput[], output: CaptionOutput, flags: CaptionFlags): Promise<readonly Todo[]> {
  const todo: Todo[] = [];
  for (const input of found) {
    if (flags.limit !== undefined && todo.length >= flags.limit) break;
    if (output.isDone(input)) continue;
    const before = await output.existing(input);
    if (before !== null && flags.existing === 'skip') continue;
    todo.push({ input, before: flags.existing === 'overwrite' ? null : before });
  }
  return todo;
}

async function captionAll(model: OpenModel, todo: readonly Todo[], { output, flags }: Omit<QueueSettings, 'decoding'>): Promise<void> {
  try {
    const decoding = decodingOf(flags, model.defaults);
    checkDecoding(decoding);
    checkPrompt(model, flags, decoding);
    await captionQueue(model, todo, { output, flags, decoding });
  } finally {
    await model.close();
  }
}

/** A prompt that no picture can go with fails once, before the first one. */
function checkPrompt(model: OpenModel, flags: CaptionFlags, { startsWith }: DecodingOptions): void {
  const parts = promptParts(model, promptTexts(flags), startsWith);
  roomFor(1, model.decoder.startLength + promptLength(parts), model.model.decoder.contextLength);
}

interface QueueSettings {
  readonly output: CaptionOutput;
  readonly flags: CaptionFlags;
  readonly decoding: DecodingOptions;
}

async function captionQueue(model: OpenModel, todo: readonly Todo[], { output, flags, decoding }: QueueSettings): Promise<void> {
  const line = progressLine();
  const writes: Promise<void>[] = [];
  const state = { done: 0, isInterrupted: false, writeError: null as StudioError | NodeJS.ErrnoException | null }; // set from outside of the loop
  const interrupt = (): void => {
    state.isInterrupted = true;
  };
  const write = async (item: Todo, outcome: CaptionOutcome): Promise<void> => {
    try {
      await output.write(item.input, joinTexts(item, outcome, flags), outcome);
    } catch (error) {
      state.writeError ??= isSystemError(error) ? error : systemError(error, item.input.file); // where one caption cannot be put, no other can
    }
  };
  const byId = new Map(todo.map((item, i) => [String(i), item]));
  const advance = (): void => {
    line.update('captioned', ++state.done, todo.length);
  };
  const requests = [...byId].map(([id, item]) => toRequest(id, item.input, flags));
  process.once('SIGINT', interrupt);
  try {
    await captionPictures(
      model,
      requests,
      { decoding, batchSize: flags.batch ?? chooseBatchSize(model, model.runtime.backend, decoding) },
      {
        onLooking: () => undefined,
        onText: () => undefined,
        onDone: (id, outcome) => {
          const item = byId.get(id);
          line.clear(); // the caption may go to the same terminal
          if (item) writes.push(write(item, outcome));
          advance();
        },
        onFailed: (id, error) => {
          const { file } = byId.get(id)?.input ?? { file: id };
          line.clear();
          sayError(error.message.includes(file) ? error.message : `${file}: ${error.message}`);
          process.exitCode = 1;
          advance();
        },
        isCancelled: () => state.isInterrupted || state.writeError !== null,
      },
    );
  } finally {
    process.removeListener('SIGINT', interrupt);
    line.clear();
    await Promise.all(writes);
  }
  if (state.writeError !== null) throw state.writeError;
  if (state.isInterrupted && state.done < todo.length) {
    const rest = flags.out === undefined && flags.format !== 'txt' ? '' : '; the same command goes on from here';
    throw new StudioError('cancelled', `stopped after ${String(state.done)} of ${String(todo.length)} pictures${rest}`);
  }
}

function promptTexts(flags: CaptionFlags): { readonly system: string | null; readonly prompt: string } {
  return { system: flags.system ?? null, prompt: promptOf(flags.prompt) };
}

function toRequest(id: string, input: PictureInput, flags: CaptionFlags): CaptionRequest {
  return { id, ...promptTexts(flags), load: async () => decodePicture(input.file, await input.read()) };
}

function joinTexts({ before }: Todo, outcome: CaptionOutcome, flags: CaptionFlags): readonly string[] {
  const texts = outcome.captions.map(({ text }) => text);
  if (before === null) return texts;
  return flags.existing === 'append' ? [...before, ...texts] : [...texts, ...before];
}
