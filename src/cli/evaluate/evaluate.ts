/** @file `evaluate`: scores captions, those in a file or those that it first has a model write, against references. */

import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeConditions, type CaptionConditions } from '../../core/dataset/caption-conditions.ts';
import { parseCaptionFile, parseJson } from '../../core/dataset/caption-file.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import { parseCocoInstances } from '../../core/dataset/coco.ts';
import { decodeTextFile, mostTextBytes } from '../../core/dataset/read/decode-text.ts';
import { usualPrompts } from '../../core/text/usual-prompts.ts';
import { StudioError } from '../../core/error.ts';
import { parseDocumentFrequencyTable } from '../../core/metric/document-frequency.ts';
import type { ScoreProgress } from '../../core/metric/score.ts';
import { evaluateCaptions, type EvaluationInput, type EvaluationOptions } from '../../engine/evaluate/evaluate.ts';
import { parseMetricList, type MetricList } from '../../engine/evaluate/metric-list.ts';
import { toPictureLines, toScoresJson, toTextTable } from '../../engine/evaluate/report.ts';
import { addAdapterOptions } from '../adapter-flags.ts';
import { addDecodingOptions, readPositive } from '../caption/caption-flags.ts';
import { readNote } from '../caption/captions-made-with.ts';
import { captionForScores, type PictureCaptions, type PictureFlags } from './evaluate-pictures.ts';
import { frequenciesFile, pictureScoresFile, requireFilePlace, type OwnFile } from '../file-place.ts';
import { findMetricData, loadChairData, loadMeteorSetting } from './metric-data.ts';
import { writeWhole } from '../node-files.ts';
import { progressLine, sayBytes } from '../progress.ts';
import { systemError } from '../system-error.ts';

/** What the verb does to the world. */
export interface EvaluateIo {
  readText(path: string): Promise<string>;
  writeText(path: string, text: string): Promise<void>;
  /** Rejects where a file could not be written, or lies that is of another kind and nobody asked to write over; writes nothing. */
  checkPlace(path: string, own: OwnFile, isForced: boolean): Promise<void>;
  /** Prints results; a line end follows. */
  print(text: string): void;
  /** Says something that is no result. */
  note(text: string): void;
  /** Has a model caption the pictures. */
  caption(flags: PictureFlags, references: readonly CaptionRecord[]): Promise<PictureCaptions>;
  /** Tells how the captions in a file were made, where a note beside it says so. */
  conditionsOf(path: string): Promise<CaptionConditions | null>;
  readonly isCancelled?: () => boolean;
  readonly onProgress?: (progress: ScoreProgress) => void;
}

/** Options as they are typed. */
interface EvaluateFlags extends Omit<PictureFlags, 'images'> {
  readonly hypotheses?: string;
  readonly images?: readonly string[];
  readonly references: string;
  readonly metrics: string;
  readonly df: string;
  readonly saveDf?: string;
  readonly objects?: string;
  readonly perImage?: string;
  readonly baseline?: string;
  readonly draws: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** Adds the verb to a program. */
export function addEvaluateCommand(program: Command): void {
  program.addCommand(makeEvaluateCommand(nodeIo()));
}

/**
 * Runs the verb with the given arguments, the verb itself not among them.
 *
 * @throws {StudioError} 'argument-invalid', 'file-invalid', 'file-missing', 'cancelled'
 */
export async function runEvaluate(args: readonly string[], io: EvaluateIo): Promise<void> {
  await makeEvaluateCommand(io)
    .exitOverride()
    .parseAsync([...args], { from: 'user' });
}

function makeEvaluateCommand(io: EvaluateIo): Command {
  const command = new Command('evaluate')
    .description('score captions against references, with 95 % intervals')
    .option('--hypotheses <file>', 'captions to score, one for each picture')
    .option('--images <places...>', 'instead of captions: pictures, folders or .tar archives, which a model captions first')
    .requiredOption('--references <file>', 'reference captions of the same pictures')
    .addOption(
      new Option(
        '--metrics <list>',
        'scores, parted by commas: BLEU, METEOR, ROUGE_L, CIDEr, CIDEr_plain, SPICE, CHAIR, style, single names, or all',
      ).default('default', 'all but CIDEr_plain'),
    )
    .option('--df <source>', 'CIDEr’s document frequencies: corpus (those of the references) or a file', 'corpus')
    .option('--save-df <file>', 'keep the document frequencies of the references')
    .option('--objects <file>', 'COCO instances of the pictures, for CHAIR; without them CHAIR goes by the references')
    .option('--baseline <file>', 'captions of another system on the same pictures, to compare with')
    .option('--per-image <file>', 'write the scores of each picture as JSON lines')
    .addOption(new Option('--draws <count>', 'draws of the bootstrap, 0 for no intervals').default(1000).argParser(readCount))
    .addOption(new Option('--seed <number>', 'seed of the draws').default(1).argParser(readCount))
    .option('--json', 'print JSON')
    .option('--force', 'write over files in --per-image and --save-df that are of another kind')
    .option('--model <folder>', 'with --images: a model bundle; the embedded one by default')
    .option('--prompt <text>', `with --images: a prompt, or one of ${Object.keys(usualPrompts).join(', ')}`, 'one')
    .option('--system <text>', "with --images: system prompt; the model's own by default, '' for none")
    .option('--hypotheses-out <file>', 'with --images: keep the captions; a run that was stopped goes on from there')
    .option('--limit <count>', 'with --images: caption and score only so many pictures', readPositive)
    .option('--batch <count>', 'with --images: pictures side by side; as many as pay and fit by default', readPositive);
  return addDecodingOptions(addAdapterOptions(command)).action((flags: EvaluateFlags) => evaluate(flags, io));
}

async function evaluate(flags: EvaluateFlags, io: EvaluateIo): Promise<void> {
  checkSource(flags);
  const list = parseMetricList(flags.metrics);
  // All that is small is read first: a slip in a file's name must not show after an hour of captions.
  for (const [path, own] of [[flags.perImage, pictureScoresFile] as const, [flags.saveDf, frequenciesFile] as const])
    if (path !== undefined) await io.checkPlace(path, own, flags.force === true);
  const options = await readOptions(flags, list, io);
  const others = await readOthers(flags, io);
  const captions = await readCaptions(flags, others.references, io);
  const evaluation = await evaluateCaptions({ ...others, captions: captions.records }, options, io);
  if (evaluation.uncaptioned > 0)
    io.note(
      `without a caption, and so not scored: ${String(evaluation.uncaptioned)} of ${String(others.references.length)} pictures with references`,
    );
  if (flags.saveDf !== undefined) await io.writeText(flags.saveDf, `${JSON.stringify(evaluation.writeDocumentFrequencies())}\n`);
  if (flags.perImage !== undefined) {
    const lines = toPictureLines(evaluation.system, list.shown);
    if (lines === null) io.note(`${flags.perImage}: is not written, since none of these scores is of single pictures`);
    else await io.writeText(flags.perImage, lines);
  }
  const madeWith = captions.conditions === null ? '' : describeConditions(captions.conditions).join('\n');
  if (flags.json === true) {
    if (madeWith !== '') io.note(madeWith);
    io.print(JSON.stringify(toScoresJson(evaluation, list.shown), null, 2));
  } else io.print(`${toTextTable(evaluation, list.shown)}${madeWith === '' ? '' : `\n\n${madeWith}`}`);
}

/** Captions come from a file or from a model. */
function checkSource({ hypotheses, images, model, adapter, hypothesesOut }: EvaluateFlags): void {
  const fail = (message: string): never => {
    throw new StudioError('argument-invalid', message);
  };
  if (hypotheses === undefined && images === undefined)
    fail('evaluate: say the captions with --hypotheses FILE, or the pictures to caption with --images PLACE');
  if (hypotheses === undefined) return;
  if (images !== undefined) fail('evaluate: --hypotheses names captions that are there, --images has them written; say one of the two');
  if (model !== undefined || adapter !== undefined || hypothesesOut !== undefined)
    fail('evaluate: --model, --adapter and --hypotheses-out go with --images; --hypotheses names captions that are there');
}

interface EvaluatedCaptions {
  readonly records: readonly CaptionRecord[];
  readonly conditions: CaptionConditions | null;
}

async function readCaptions(flags: EvaluateFlags, references: readonly CaptionRecord[], io: EvaluateIo): Promise<EvaluatedCaptions> {
  if (flags.images === undefined) {
    const path = flags.hypotheses ?? '';
    return { records: await readRecords(path, io), conditions: await io.conditionsOf(path) };
  }
  const { path, text, conditions } = await io.caption({ ...flags, images: flags.images }, references);
  return { records: parseRecords(path, text, io), conditions };
}

async function readOthers(flags: EvaluateFlags, io: EvaluateIo): Promise<Omit<EvaluationInput, 'captions'>> {
  return {
    references: await readRecords(flags.references, io),
    ...(flags.baseline !== undefined && { baseline: await readRecords(flags.baseline, io) }),
    ...(flags.objects !== undefined && {
      objects: parseCocoInstances(flags.objects, parseJson(flags.objects, await io.readText(flags.objects))),
    }),
  };
}

async function readRecords(path: string, io: EvaluateIo): Promise<readonly CaptionRecord[]> {
  return parseRecords(path, await io.readText(path), io);
}

function parseRecords(path: string, text: string, io: EvaluateIo): readonly CaptionRecord[] {
  const { records, failedRows } = parseCaptionFile(path, text);
  if (text.includes('\uFFFD')) io.note(`${path}: has letters that were lost before (\uFFFD); they are scored as broken words`);
  if (failedRows > 0) io.note(`${path}: ${String(failedRows)} rows tell of an error and have no caption; they are left out`);
  return records;
}

async function readOptions(flags: EvaluateFlags, list: MetricList, io: EvaluateIo): Promise<EvaluationOptions> {
  const { choices } = list;
  const folder = choices.includes('METEOR') || choices.includes('CHAIR') ? findMetricData() : '';
  return {
    metrics: choices,
    draws: flags.draws,
    seed: flags.seed,
    ...(flags.df !== 'corpus' && { documentFrequencies: parseDocumentFrequencyTable(flags.df, await io.readText(flags.df)) }),
    ...(choices.includes('METEOR') && { meteor: await loadMeteorSetting(folder) }),
    ...(choices.includes('CHAIR') && { chair: await loadChairData(folder) }),
  };
}

function readCount(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number from 0.');
  return Number(text);
}

function nodeIo(): EvaluateIo {
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    readText: async (path) => {
      const bytes = await readWhole(path).catch((cause: unknown) => {
        throw systemError(cause, path);
      });
      const { text, isGuessed } = decodeTextFile(bytes);
      if (isGuessed) note(`${path}: is not UTF-8 and was read as Windows-1252; where letters look wrong, save it as UTF-8`);
      return text;
    },
    writeText: writeWhole,
    checkPlace: async (path, own, isForced) => {
      await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
        throw systemError(cause, path);
      });
      await requireFilePlace(path, own, isForced);
    },
    print: (text) => process.stdout.write(`${text}\n`),
    note,
    caption: (flags, references) => captionForScores(flags, references, note),
    conditionsOf: readNote,
    onProgress: showStages(),
  };
}

/** Reads a file that fits into a text. @throws {StudioError} 'argument-invalid' */
async function readWhole(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > mostTextBytes)
    throw new StudioError(
      'argument-invalid',
      `${path}: has ${sayBytes(size)}, and ${sayBytes(mostTextBytes)} are the most that can be read; split it`,
    );
  return readFile(path);
}

/** Shows each stage on a line of its own clock, since stages differ in pace. */
function showStages(): (progress: ScoreProgress) => void {
  let line = progressLine();
  let current = '';
  return ({ stage, done, total }) => {
    if (stage !== current) {
      line.clear();
      line = progressLine();
      current = stage;
    }
    line.update(stage, done, total);
  };
}
