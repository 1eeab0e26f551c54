/** @file `train`: teaches a model from pictures and captions. */

import { homedir } from 'node:os';
import { basename, join } from 'node:path';
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
import { estimateMemory, requireMemory } from '../../engine/train/estimate.ts';
import type { TrainOptions } from '../../engine/train/options.ts';
import { checkStart, methodOfAdapter } from '../../engine/train/start/starting-adapter.ts';
import { openTrainer } from '../../engine/train/trainer.ts';
import { openAdapterPlace } from '../adapter-flags.ts';
import { readNumber, readPositive } from '../caption/caption-flags.ts';
import { sharedStore } from './folder-store.ts';
import { writeLearned } from './learned-folder.ts';
import { openNodeBundle } from '../open-model.ts';
import { openNodeRuntime } from '../ort-node.ts';
import { openRunPlace } from './run-place.ts';
import { keepCheckpoints, runToEnd } from './run-to-end.ts';
import { showRun, tellEnd, tellProblems, tellStart } from './tell-run.ts';
import { findData } from './train-data.ts';
import { trainOptionsOf, type TrainFlags } from './train-flags.ts';
import { openLog, type TrainLog } from './train-log.ts';

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
    .option('--force', 'write over a style that lies in --out')
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
  const place = await openRunPlace(flags);
  const data = await findData(flags);
  // Weights in blocks cannot learn.
  const policy: ComputePolicy | null = asked.method.kind === 'full' ? 'float32' : null;
  const model = await openModel(openNodeRuntime(), await openNodeBundle(flags.model), policy ? { policy } : {});
  const shown = showRun();
  let log: TrainLog | undefined;
  const keeper = keepCheckpoints(place, () => log?.flush());
  try {
    const startsFrom = from && (await matchStart(from, model));
    const options = startsFrom ? trainOptionsOf(flags, methodOfAdapter(startsFrom)) : asked;
    checkOptions(model, options);
    if (startsFrom) checkStart(model, options.method, startsFrom);
    await tellProblems(model, options, data);
    checkMemory(model, options);
    const trainer = await openTrainer({
      model,
      options,
      startsFrom,
      ...data,
      features: sharedStore(flags.cache ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'caption-studio', 'features')),
      checkpoints: keeper.store,
      resumes: flags.resume === true,
      onEvent: (event) => {
        if (event.kind === 'checkpoint' && keeper.missed() !== null) return; // it was told
        log?.write(event);
        shown.show(event);
      },
    });
    tellStart(trainer, data, options);
    await place.prepare();
    log = await openLog(flags.log, place.stopped);
    const keep = async (): Promise<void> => {
      shown.clear();
      await writeLearned(flags.out, withCard(await trainer.result(flags.name ?? basename(flags.out)), flags), model);
      await place.checkpoints.remove(checkpointName);
    };
    const end = await runToEnd(trainer, keeper).catch(async (cause: unknown) => {
      if (!(cause instanceof StudioError && cause.code === 'loss-diverged') || !trainer.hasBest()) throw cause;
      await keep();
      const kept = `step ${String(trainer.resultStep())} looked best and is kept in ${flags.out}`;
      throw new StudioError(cause.code, `${cause.message}; ${kept}`, { cause });
    });
    await keep();
    tellEnd(trainer, end, flags.out);
    await trainer.close();
  } finally {
    shown.clear();
    await place.tidy();
    await log?.flush();
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

function checkMemory(model: OpenModel, options: TrainOptions): void {
  const { most } = countImageTokens(model.model.vision, model.processor);
  const estimate = estimateMemory(model, options, {
    rowsPerPicture: most,
    tilesPerPicture: countMostTiles(model.model.vision, model.processor),
    captionTokens: options.maxCaptionTokens,
  });
  requireMemory(estimate, process.availableMemory(), options);
}

function withCard(learned: LearnedAdapter, { data, licence }: TrainFlags): LearnedAdapter {
  const { card } = learned; // of what it went on from
  const told = [card.data, data ?? ''].filter((words) => words !== '').join('; ');
  return { ...learned, card: { ...card, data: told, licence: licence ?? card.licence } };
}
