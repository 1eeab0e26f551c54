/** @file `caption`: captions pictures, folders and archives. */

import { Option, type Command } from 'commander';
import { checkDecoding, defaultDecoding } from '../core/decode/options.ts';
import { StudioError } from '../core/error.ts';
import { captionPictures, type CaptionOutcome, type CaptionRequest } from '../engine/caption/captioner.ts';
import { decodingOf, promptPresets, readNumber, readPositive, type CaptionFlags } from './caption-flags.ts';
import { openOutput, type CaptionOutput } from './caption-output.ts';
import { decodePicture } from './decode-picture.ts';
import { openNodeModel } from './open-model.ts';
import { findPictures, type PictureInput } from './picture-inputs.ts';
import { progressLine } from './progress.ts';

/** Pictures side by side when nothing else is said: measured on two cores, docs/performance.md. */
const defaultBatch = 8;

/** Adds the verb to a program. */
export function addCaptionCommand(program: Command): void {
  program
    .command('caption')
    .description('caption pictures, folders of pictures and tar archives')
    .argument('<pictures...>', 'pictures, folders or .tar archives')
    .option('--model <folder>', 'a model bundle; the embedded one by default')
    .option('--prompt <text>', `a prompt, or one of ${Object.keys(promptPresets).join(', ')}`, 'one')
    .option('--system <text>', 'system prompt', '')
    .option('--max-new-tokens <count>', 'longest caption', readPositive)
    .option('--min-new-tokens <count>', 'shortest caption', readNumber)
    .option('--beams <count>', 'beams of the search; 1 is none', readPositive)
    .option('--length-penalty <exponent>', 'above 0 favours longer captions in a beam search', readNumber)
    .option('--temperature <t>', '0 takes the likeliest word, higher draws more freely', readNumber)
    .option('--top-k <count>', 'draw only from the likeliest; 0 is off', readNumber)
    .option('--top-p <share>', 'draw only from the smallest set with this probability; 1 is off', readNumber)
    .option('--repetition-penalty <factor>', 'above 1 avoids words that are there already', readNumber)
    .option('--repeat-ngram-ban <count>', 'no sequence of so many tokens comes twice', readNumber)
    .option('--starts-with <text>', 'what the caption must begin with')
    .option('--ban <words>', 'words that must not come, parted by commas')
    .option('--stop <text...>', 'stop before any of these texts')
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
    .addOption(new Option('--batch <count>', 'pictures side by side').argParser(readPositive).default(defaultBatch))
    .action(runCaption);
}

async function runCaption(places: readonly string[], flags: CaptionFlags): Promise<void> {
  checkDecoding(decodingOf(flags, defaultDecoding)); // before anything is loaded
  const found = await findPictures(places);
  if (found.length === 0) throw new StudioError('argument-invalid', `${places.join(', ')}: there are no pictures here`);
  const output = await openOutput(flags);
  try {
    const todo = await choosePictures(found, output, flags);
    if (todo.length > 0) await captionAll(todo, output, flags);
  } finally {
    await output.close();
  }
}

interface Todo {
  readonly input: PictureInput;
  /** The caption that is there already, to be kept beside the new one. */
  readonly before: string | null;
}

async function choosePictures(found: readonly PictureInput[], output: CaptionOutput, flags: CaptionFlags): Promise<readonly Todo[]> {
  const todo: Todo[] = [];
  for (const input of found) {
    if (flags.limit !== undefined && todo.length >= flags.limit) break;
    const before = await output.existing(input);
    if (before !== null && before !== '' && flags.existing === 'skip') continue;
    todo.push({ input, before: flags.existing === 'overwrite' ? null : before });
  }
  return todo;
}

async function captionAll(todo: readonly Todo[], output: CaptionOutput, flags: CaptionFlags): Promise<void> {
  const model = await openNodeModel(flags.model);
  const line = progressLine();
  const writes: Promise<void>[] = [];
  let done = 0;
  const interrupt = { isAsked: false }; // set from outside the loop
  const stop = (): void => {
    interrupt.isAsked = true;
  };
  process.once('SIGINT', stop);
  const byId = new Map(todo.map((item, i) => [String(i), item]));
  const advance = (): void => {
    line.update('captioned', ++done, todo.length);
  };
  try {
    await captionPictures(
      model,
      [...byId].map(([id, item]) => toRequest(id, item.input, flags)),
      { decoding: decodingOf(flags, model.defaults), batchSize: flags.batch },
      {
        onLooking: () => undefined,
        onText: () => undefined,
        onDone: (id, outcome) => {
          const item = byId.get(id);
          if (item) writes.push(output.write(item.input, joinTexts(item, outcome, flags), outcome));
          advance();
        },
        onFailed: (id, error) => {
          line.clear();
          process.stderr.write(`${byId.get(id)?.input.file ?? id}: ${error.message}\n`);
          process.exitCode = 1;
          advance();
        },
        isCancelled: () => interrupt.isAsked,
      },
    );
  } finally {
    process.removeListener('SIGINT', stop);
    line.clear();
    await Promise.all(writes);
    await model.close();
  }
  if (interrupt.isAsked)
    throw new StudioError(
      'cancelled',
      `stopped after ${String(done)} of ${String(todo.length)} pictures; the same command goes on from here`,
    );
}

function toRequest(id: string, input: PictureInput, flags: CaptionFlags): CaptionRequest {
  return {
    id,
    system: flags.system,
    prompt: promptPresets[flags.prompt] ?? flags.prompt,
    load: async () => decodePicture(input.file, await input.read()),
  };
}

function joinTexts({ before }: Todo, outcome: CaptionOutcome, flags: CaptionFlags): readonly string[] {
  const texts = outcome.captions.map(({ text }) => text);
  if (before === null || before === '') return texts;
  return flags.existing === 'append' ? [before, ...texts] : [...texts, before];
}
