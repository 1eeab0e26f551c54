/** @file `evaluate`: scores captions in a file against references in another. */

import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { parseCaptionFile, parseJson } from '../core/dataset/caption-file.ts';
import type { CaptionRecord } from '../core/dataset/caption-record.ts';
import { parseCocoInstances } from '../core/dataset/coco.ts';
import { StudioError } from '../core/error.ts';
import { parseDocumentFrequencyTable } from '../core/metric/document-frequency.ts';
import type { ScoreProgress } from '../core/metric/score.ts';
import { evaluateCaptions, type EvaluationInput, type EvaluationOptions } from '../engine/evaluate/evaluate.ts';
import { parseMetricList, type MetricList } from '../engine/evaluate/metric-list.ts';
import { toPictureLines, toScoresJson, toTextTable } from '../engine/evaluate/report.ts';
import { findMetricData, loadChairData, loadMeteorSetting } from './metric-data.ts';

/** What the verb does to the world. */
export interface EvaluateIo {
  readText(path: string): Promise<string>;
  writeText(path: string, text: string): Promise<void>;
  /** Prints results; a line end follows. */
  print(text: string): void;
  /** Says something that is no result. */
  note(text: string): void;
  readonly isCancelled?: () => boolean;
  readonly onProgress?: (progress: ScoreProgress) => void;
}

/** Options as they are typed. */
interface EvaluateFlags {
  readonly hypotheses: string;
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
  return new Command('evaluate')
    .description('score captions against references, with 95 % intervals')
    .requiredOption('--hypotheses <file>', 'captions to score, one for each picture')
    .requiredOption('--references <file>', 'reference captions of the same pictures')
    .option(
      '--metrics <list>',
      'scores, parted by commas: BLEU, METEOR, ROUGE_L, CIDEr, CIDEr_plain, SPICE, CHAIR, style, or single names',
      'default',
    )
    .option('--df <source>', 'CIDEr’s document frequencies: corpus (those of the references) or a file', 'corpus')
    .option('--save-df <file>', 'keep the document frequencies of the references')
    .option('--objects <file>', 'COCO instances of the pictures, for CHAIR; without them CHAIR goes by the references')
    .option('--baseline <file>', 'captions of another system on the same pictures, to compare with')
    .option('--per-image <file>', 'write the scores of each picture as JSON lines')
    .addOption(new Option('--draws <count>', 'draws of the bootstrap, 0 for no intervals').default(1000).argParser(readCount))
    .addOption(new Option('--seed <number>', 'seed of the draws').default(1).argParser(readCount))
    .option('--json', 'print JSON')
    .action((flags: EvaluateFlags) => evaluate(flags, io));
}

async function evaluate(flags: EvaluateFlags, io: EvaluateIo): Promise<void> {
  const list = parseMetricList(flags.metrics);
  const input = await readInput(flags, io);
  const evaluation = await evaluateCaptions(input, await readOptions(flags, list, io), io);
  if (evaluation.uncaptioned > 0) io.note(`${String(evaluation.uncaptioned)} pictures have references but no caption; they are not scored`);
  if (flags.saveDf !== undefined) await io.writeText(flags.saveDf, `${JSON.stringify(evaluation.writeDocumentFrequencies())}\n`);
  if (flags.perImage !== undefined) await io.writeText(flags.perImage, toPictureLines(evaluation.system, list.shown));
  io.print(flags.json === true ? JSON.stringify(toScoresJson(evaluation, list.shown), null, 2) : toTextTable(evaluation, list.shown));
}

async function readInput(flags: EvaluateFlags, io: EvaluateIo): Promise<EvaluationInput> {
  const readRecords = async (path: string): Promise<readonly CaptionRecord[]> => {
    const { records, failedRows } = parseCaptionFile(path, await io.readText(path));
    if (failedRows > 0) io.note(`${path}: ${String(failedRows)} rows tell of an error and have no caption; they are left out`);
    return records;
  };
  const captions = await readRecords(flags.hypotheses);
  const references = await readRecords(flags.references);
  return {
    captions,
    references,
    ...(flags.baseline !== undefined && { baseline: await readRecords(flags.baseline) }),
    ...(flags.objects !== undefined && {
      objects: parseCocoInstances(flags.objects, parseJson(flags.objects, await io.readText(flags.objects))),
    }),
  };
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
  if (!/^\d{1,9}$/u.test(text)) throw new StudioError('argument-invalid', `"${text}" is no whole number from 0 on`);
  return Number(text);
}

function nodeIo(): EvaluateIo {
  return {
    readText: async (path) => {
      try {
        return await readFile(path, 'utf8');
      } catch (cause) {
        throw new StudioError('file-missing', `${path}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
          cause,
        });
      }
    },
    writeText: (path, text) => writeFile(path, text),
    print: (text) => process.stdout.write(`${text}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
  };
}
