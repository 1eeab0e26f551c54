/** @file `dataset import|export|clean|stats|check`: the options of the verbs. */

import { Option, type Command } from 'commander';
import { sayFilterReference } from '../../core/dataset/filter/reference.ts';
import { exportFormats } from '../../core/dataset/write/export-format.ts';
import { readNumber, readPositive } from '../caption/caption-flags.ts';
import { findingKinds, runCheck } from './check.ts';
import { runClean } from './clean.ts';
import { runExport, type ExportFlags } from './export.ts';
import { runStats } from './stats.ts';

/** Adds the verbs to a program. */
export function addDatasetCommand(program: Command): void {
  const dataset = program.command('dataset').description('bring data sets in and out, clean, count and check them');
  addImport(dataset);
  addExport(dataset);
  addClean(dataset);
  addStats(dataset);
  addCheck(dataset);
}

const formatList = Object.entries(exportFormats)
  .map(([name, { title }]) => `  ${name.padEnd(18)}${title}`)
  .join('\n');

const sourcesHelp = 'folders, .zip and .tar archives, files of captions';

/** Options of all verbs. */
function addReadOptions(command: Command): Command {
  return command
    .argument('<sources...>', sourcesHelp)
    .option('--filter <query>', 'only pictures that pass, as in "caption:dog -tag:blurry words:>5"')
    .option('--scores <file>', 'scores for --filter score:cider<0.5, as evaluate --per-image writes them; they count for the very caption')
    .option('--per-line', 'each line of a text beside a picture is a caption of its own')
    .option('--tables-first', 'captions of tables come before those of texts beside the pictures')
    .addOption(new Option('--tag-ending <ending>', 'texts of this ending are lists of tags').choices(['.txt', '.caption']))
    .option('--tokenizer <place>', 'clip, or a tokenizer.json or a folder that has one: counts tokens')
    .option('--json', 'print one JSON object for programs')
    .addHelpText('after', `\nFilters:\n${sayFilterReference().replaceAll(/^/gmu, '  ')}`);
}

function addWriteOptions(command: Command): Command {
  return command
    .option('--force', 'write over files that are there with other content')
    .option('--dry-run', 'write nothing; print what would change');
}

function addImport(dataset: Command): void {
  const command = dataset.command('import').description('unpack a data set of any form into a folder: pictures, and captions beside them');
  addWriteOptions(addReadOptions(command))
    .requiredOption('--out <folder>', 'the folder')
    .addOption(new Option('--format <format>', 'form of the captions').choices(Object.keys(exportFormats)).default('txt'))
    .action((sources: readonly string[], flags: Omit<ExportFlags, 'pictures' | 'formulaGuard'>) =>
      runExport(sources, { ...flags, pictures: true, formulaGuard: true }),
    );
}

function addExport(dataset: Command): void {
  const command = dataset.command('export').description('write a data set in a format, as a folder, an archive or one file');
  addWriteOptions(addReadOptions(command))
    .addOption(new Option('--format <format>', 'see below').choices(Object.keys(exportFormats)).makeOptionMandatory())
    .option(
      '--out <path>',
      'a folder, a .zip or .tar with the pictures; a .json, .jsonl, .csv or .html without; standard output by default',
    )
    .option('--in-place', 'beside the pictures of the folder that is read; tables that are there keep what else is in them')
    .option('--no-pictures', 'texts only')
    .option('--splits <shares>', 'deal the pictures out, as in train:90,validation:5,test:5; a picture stays where it is when others come')
    .option('--name <name>', 'what cards and pages call the data set')
    .addOption(
      new Option('--sidecar-text <parts>', 'what texts beside pictures say').choices([
        'caption',
        'captions',
        'tags',
        'caption, tags',
        'tags, caption',
      ]),
    )
    .option('--no-formula-guard', 'leave cells of CSV as they are, although a spreadsheet would compute them')
    .addHelpText('after', `\nFormats:\n${formatList}`)
    .action(runExport);
}

function addClean(dataset: Command): void {
  const command = dataset.command('clean').description('change captions beside pictures; --dry-run shows each change');
  addWriteOptions(addReadOptions(command))
    .option('--replace <texts...>', 'pairs: what to find, what to put; say them behind the sources')
    .option('--regex', 'what to find is a regular expression; $1 and $<name> are its groups')
    .option('--ignore-case', 'capital and small letters are the same')
    .option('--words', 'find whole words only')
    .option('--opening', 'drop “The image shows” and its like')
    .option('--one-line', 'join lines')
    .option('--punctuation', 'straight quotes, no doubled signs')
    .option('--spaces', 'one blank between words, none around')
    .option('--finish', 'drop a last sentence that stops in the middle')
    .addOption(new Option('--list <how>', 'captions that are lists of tags').choices(['sort', 'once']))
    .addOption(new Option('--case <letters>', 'letters').choices(['lower', 'upper', 'sentence']))
    .addOption(new Option('--end <sign>', 'the end').choices(['point', 'none']))
    .option('--prefix <text>', 'put in front')
    .option('--trigger <word>', 'a trigger word in front, where it is not there yet')
    .option('--suffix <text>', 'put behind')
    .option('--max-words <count>', 'shorten, at a sentence where one ends near', readPositive)
    .option('--max-tokens <count>', 'shorten to tokens of --tokenizer', readPositive)
    .action(runClean);
}

function addStats(dataset: Command): void {
  const command = dataset.command('stats').description('count pictures, captions, lengths, words, tags and flags');
  addReadOptions(command).option('--top <count>', 'so many words and tags', readPositive, 20).action(runStats);
}

function addCheck(dataset: Command): void {
  const kinds = Object.entries(findingKinds)
    .map(([name, meaning]) => `  ${name.padEnd(18)}${meaning}`)
    .join('\n');
  const command = dataset.command('check').description('find what may be wrong with pictures and captions; exit code 1 when something is');
  addReadOptions(command)
    .option('--min-words <count>', 'shorter captions are flagged', readNumber, 2)
    .option('--max-words <count>', 'longer captions are flagged', readPositive, 300)
    .option('--max-tokens <count>', 'captions of more tokens are flagged; what --tokenizer reads by default', readPositive)
    .option('--ignore <kinds>', 'kinds to leave out, parted by commas')
    .option('--no-pictures', 'captions only: do not decode and compare pictures')
    .addHelpText('after', `\nKinds:\n${kinds}`)
    .action(runCheck);
}
