/** @file `train`: teaches a model from pictures and captions. */

import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Option, type Command } from 'commander';
import { StudioError } from '../../core/error.ts';
import type { LearnedAdapter } from '../../core/adapter/learned.ts';
import { compareBase } from '../../engine/adapter/base.ts';
import { matchAdapter, takeAdapter } from '../../engine/adapter/match-adapter.ts';
import type { AdapterFolder } from '../../engine/adapter/read-adapter.ts';
import { countImageTokens, countMostTiles } from '../../engine/image-tokens.ts';
import { openModel, type OpenModel } from '../../engine/model.ts';
import type { ComputePolicy } from '../../engine/runtime.ts';
import { checkOptions } from '../../engine/train/check-options.ts';
import { checkpointName } from '../../engine/train/keep/checkpoint.ts';
import { findDataProblems } from '../../engine/train/data-problems.ts';
import { estimateMemory, requireMemory } from '../../engine/train/estimate.ts';
import type { TrainEnd, TrainEvent } from '../../engine/train/events.ts';
import type { TrainOptions } from '../../engine/train/options.ts';
import type { Trainer } from '../../engine/train/request.ts';
import { methodOfAdapter } from '../../engine/train/start/starting-adapter.ts';
import { openTrainer } from '../../engine/train/trainer.ts';
import { openAdapterPlace } from '../adapter-flags.ts';
import { readNumber, readPositive } from '../caption/caption-flags.ts';
import { folderStore } from './folder-store.ts';
import { writeLearned } from './learned-folder.ts';
import { openNodeBundle } from '../open-model.ts';
import { openNodeRuntime } from '../ort-node.ts';
import { describeSeconds, progressLine, type ProgressLine } from '../progress.ts';
import { findData, type FoundData } from './train-data.ts';
import { trainOptionsOf, type TrainFlags } from './train-flags.ts';

/** Where a run lies within `--out` until it is done. */
const runFolder = 'run';

/** Adds the verb to a program. */
export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('teach a model your style from pictures and captions')
    .requiredOption('--images <places...>', 'pictures, folders or .tar archives')
    .option('--captions <file>', 'captions of the pictures; text files beside them by default')
    .option('--model <folder>', 'a model bundle; the embedded one by default')
    .addOption(
      new Option('--method <method>', 'what is learned; lora, or what --from was learned with').choices([
        'prompt',
        'prefix',
        'lora',
        'dora',
        'full',
      ]),
    )
    .option('--from <place>', 'go on from an adapter: a folder or zip, of this program or of PEFT')
    .addOption(new Option('--recipe <recipe>', 'where options start from').choices(['ours', 'paper']).default('ours'))
    .option('--prompt <text>', 'what the model is asked, or one, detail, tags, alt', 'one')
    .option('--system <text>', 'system prompt', '')
    .option('--tokens <count>', 'learned tokens; those of --init-text by default', readPositive)
    .option('--init-text <text>', 'text that learned tokens start from, "{system} {prompt}" for what is asked; "" for random ones')
    .addOption(new Option('--placement <place>', 'where a learned prompt stands').choices(['start', 'prompt']))
    .option('--network <width>', 'a network of this width makes the prefix while it is learned', readPositive)
    .option('--rank <rank>', 'rank of LoRA and DoRA', readPositive)
    .option('--alpha <alpha>', 'their scale times the rank; twice the rank by default', readNumber)
    .option('--rslora', 'scale by the root of the rank')
    .option('--dropout <share>', 'share of inputs left out', readNumber)
    .option('--tower', 'full fine-tuning: the tower learns too')
    .option('--targets <list>', 'modules, parted by commas; all by default')
    .addOption(new Option('--optimizer <name>', 'how parameters follow their gradients').choices(['adamw', 'sgd']))
    .option('--nesterov', 'sgd looks where its momentum leads')
    .option('--lr <rate>', 'learning rate; what suits the method by default', readNumber)
    .addOption(new Option('--schedule <name>', 'how the rate goes').choices(['cosine', 'linear', 'constant']))
    .option('--warmup <share>', 'share of the steps in which the rate grows', readNumber)
    .option('--epochs <count>', 'times through the data', readNumber)
    .option('--steps <count>', 'steps, instead of epochs', readPositive)
    .option('--batch <count>', 'pictures side by side', readPositive)
    .option('--accumulate <count>', 'batches that make one step', readPositive)
    .option('--per-picture <count>', 'captions of a picture that are learned at once', readPositive)
    .option('--max-tokens <count>', 'longer captions are cut', readPositive)
    .option('--clip <length>', 'largest length of all gradients; 0 is off', readNumber)
    .option('--smoothing <share>', 'label smoothing', readNumber)
    .addOption(new Option('--seed <number>', 'the same seed gives the same numbers').default(1).argParser(readNumber))
    .option('--valid <share>', 'share of the pictures that is not learned, or a file of captions of such pictures', '0.1')
    .option('--looks <count>', 'looks at what was learned in each epoch', readNumber)
    .option('--scored <count>', 'validation pictures that are captioned and scored at each look', readNumber)
    .option('--patience <count>', 'stop after so many looks without a better score', readPositive)
    .option('--limit <count>', 'learn from at most so many pictures', readPositive)
    .option('--resume', 'go on with what Ctrl-C or a crash left in --out')
    .option('--log <file>', 'write what happens as JSON lines')
    .option('--cache <folder>', 'where features of pictures are kept; a folder of your account by default')
    .option('--name <name>', 'what the result is called; the name of --out by default')
    .option('--data <words>', 'what it is learned from, for the card')
    .option('--licence <words>', 'its licence, for the card')
    .requiredOption('--out <folder>', 'where the result goes')
    .action(runTrain);
}

async function runTrain(flags: TrainFlags): Promise<void> {
  const from = flags.from === undefined ? null : await openAdapterPlace(flags.from);
  const asked = trainOptionsOf(flags, from && methodOfAdapter(takeAdapter(from))); // before anything is loaded
  const data = await findData(flags);
  const checkpoints = folderStore(join(flags.out, runFolder));
  await checkPlace(flags);
  // Weights in blocks cannot learn.
  const policy: ComputePolicy | null = asked.method.kind === 'full' ? 'float32' : null;
  const model = await openModel(openNodeRuntime(), await openNodeBundle(flags.model), policy ? { policy } : {});
  const line = progressLine();
  const log = await openLog(flags);
  try {
    const startsFrom = from && (await matchStart(from, model));
    const options = startsFrom ? trainOptionsOf(flags, methodOfAdapter(startsFrom)) : asked;
    checkOptions(model, options);
    await tellProblems(model, options, data);
    checkMemory(model, options);
    const trainer = await openTrainer({
      model,
      options,
      startsFrom,
      ...data,
      features: folderStore(flags.cache ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'caption-studio', 'features')),
      checkpoints,
      resumes: flags.resume === true,
      onEvent: (event) => {
        log.write(event);
        show(line, event);
      },
    });
    tellStart(trainer, data, options);
    await runToEnd(trainer, { flags, line });
    await log.flush();
    await writeLearned(flags.out, withCard(await trainer.result(flags.name ?? basename(flags.out)), flags), model);
    await rm(join(flags.out, runFolder), { recursive: true, force: true });
    await trainer.close();
  } finally {
    line.clear();
    await log.flush();
    await model.close();
  }
}

/** What of it has no place in the model is told. */
async function matchStart(folder: AdapterFolder, model: OpenModel): Promise<LearnedAdapter> {
  const { adapter, unmatched } = matchAdapter(folder, model);
  const { reason } = await compareBase(adapter.base, model.bundle);
  if (reason !== '') process.stderr.write(`${folder.place}: ${reason}\n`);
  for (const key of unmatched)
    process.stderr.write(`${folder.place}: ${key} has no place in ${model.bundle.manifest.name} and is left out\n`);
  return adapter;
}

async function tellProblems(model: OpenModel, options: TrainOptions, data: FoundData): Promise<void> {
  for (const { file, names } of data.strangers) {
    const some = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
    process.stderr.write(
      `${file}: names ${String(names.length)} ${names.length === 1 ? 'picture that is' : 'pictures that are'} not among --images (${some}); what it says of them is left out\n`,
    );
  }
  for (const { message, isFatal, ids } of await findDataProblems(model, options, data)) {
    const some = ids.length === 0 ? '' : ` (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`;
    if (isFatal) throw new StudioError('argument-invalid', `${message}${some}`);
    process.stderr.write(`${message}${some}\n`);
  }
}

function checkMemory(model: OpenModel, options: TrainOptions): void {
  const { most } = countImageTokens(model.model.vision, model.processor);
  const estimate = estimateMemory(model, options, {
    rowsPerPicture: most,
    tilesPerPicture: countMostTiles(model.model.vision, model.processor),
    captionTokens: options.maxCaptionTokens,
  });
  requireMemory(estimate, process.availableMemory(), options);
}

/** A run that somebody stopped lies there still: it is not overwritten by accident. */
async function checkPlace({ out, resume }: TrainFlags): Promise<void> {
  const isThere = (await folderStore(join(out, runFolder)).read(checkpointName)) !== null;
  if (isThere && !resume)
    throw new StudioError('argument-invalid', `${out}: a stopped run lies here; go on with it by --resume, or choose another --out`);
  if (!isThere && resume) throw new StudioError('argument-invalid', `${out}: there is no run to go on with`);
}

async function runToEnd(trainer: Trainer, { flags, line }: { readonly flags: TrainFlags; readonly line: ProgressLine }): Promise<void> {
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let end: TrainEnd;
  try {
    end = await trainer.run(() => (isInterrupted ? 'pause' : 'go'));
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
    line.clear();
  }
  const steps = `${String(trainer.stepsDone())} of ${String(trainer.totalSteps)} steps`;
  if (end === 'paused') throw new StudioError('cancelled', `stopped after ${steps}; the same command with --resume goes on from here`);
  const best = trainer.resultStep();
  const kept = best === trainer.stepsDone() ? '' : `, step ${String(best)} looked best and is kept`;
  process.stderr.write(`${end === 'stopped-early' ? 'no better score any more, ended' : 'done'} after ${steps}${kept}; ${flags.out}\n`);
}

function tellStart(trainer: Trainer, { pictures, validation, uncaptioned }: FoundData, { method }: TrainOptions): void {
  const without = uncaptioned.length === 0 ? '' : `; ${String(uncaptioned.length)} pictures without captions are left out`;
  process.stderr.write(
    `${method.kind}: ${trainer.trainableCount.toLocaleString('en')} numbers learn from ${String(pictures.length)} pictures in ${String(trainer.totalSteps)} steps, ${String(validation.length)} are kept for validation${without}\n`,
  );
}

function show(line: ProgressLine, event: TrainEvent): void {
  switch (event.kind) {
    case 'features':
      line.update('pictures', event.done, event.total);
      return;
    case 'step':
      line.update(
        `loss ${event.loss.toFixed(3)}, ${event.samplesPerSecond.toFixed(0)} captions/s, ${event.secondsLeft === null ? '' : `${describeSeconds(event.secondsLeft)} left, `}step`,
        event.step,
        event.totalSteps,
      );
      return;
    case 'validation': {
      line.clear();
      const score = event.cider === null ? '' : `, CIDEr-D ${event.cider.toFixed(3)}, ${(event.meanWords ?? 0).toFixed(1)} words`;
      process.stderr.write(
        `step ${String(event.step)}: validation loss ${event.loss.toFixed(4)}${score}${event.isBest ? ' (best)' : ''}\n`,
      );
      return;
    }
    case 'validating':
    case 'checkpoint':
      return;
    default:
      event satisfies never;
  }
}

interface Log {
  write(event: TrainEvent): void;
  flush(): Promise<void>;
}

/** Lines are written in order and in parts: a file that is opened for each step would cost more than the step. */
async function openLog({ log, resume }: TrainFlags): Promise<Log> {
  if (log === undefined) return { write: () => undefined, flush: () => Promise.resolve() };
  await mkdir(dirname(log), { recursive: true });
  if (resume !== true) await writeFile(log, '');
  let lines: string[] = [];
  let written = Promise.resolve();
  const flush = (): Promise<void> => {
    const text = lines.join('');
    lines = [];
    written = written.then(() => (text === '' ? undefined : appendFile(log, text)));
    return written;
  };
  return {
    write: (event) => {
      if (event.kind === 'features' || event.kind === 'validating') return;
      lines.push(`${JSON.stringify(logLine(event))}\n`);
      if (lines.length >= 20 || event.kind !== 'step') void flush();
    },
    flush,
  };
}

/** The rate has the short name that logs of training have. */
function logLine(event: TrainEvent): object {
  if (event.kind !== 'step') return event;
  const { learningRate: lr, ...rest } = event;
  return { ...rest, lr };
}

function withCard(learned: LearnedAdapter, { data, licence }: TrainFlags): LearnedAdapter {
  const { card } = learned; // of what it went on from
  const told = [card.data, data ?? ''].filter((words) => words !== '').join('; ');
  return { ...learned, card: { ...card, data: told, licence: licence ?? card.licence } };
}
