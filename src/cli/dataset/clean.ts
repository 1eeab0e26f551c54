/** @file `dataset clean`: changes captions and tags of a folder, beside the pictures or into a new place. */

import type { ContentChange } from '../../core/dataset/edit/history.ts';
import { planCleaning } from '../../core/dataset/clean/clean-dataset.ts';
import type { CleanOperation } from '../../core/dataset/clean/operation.ts';
import type { Caption, DatasetItem } from '../../core/dataset/item.ts';
import { StudioError } from '../../core/error.ts';
import { loadDataset, type DatasetFlags } from './load.ts';
import { placeChanges } from './place-changes.ts';
import { print, printJson, printSome, sayCount, sayFates, sayReading } from './report.ts';
import { foreseeWriting, writeFiles } from './write-files.ts';

/** Options as they are typed. */
export interface CleanFlags extends DatasetFlags {
  readonly replace?: readonly string[];
  readonly regex?: boolean;
  readonly ignoreCase?: boolean;
  readonly words?: boolean;
  readonly case?: 'lower' | 'upper' | 'sentence';
  readonly spaces?: boolean;
  readonly oneLine?: boolean;
  readonly punctuation?: boolean;
  readonly end?: 'point' | 'none';
  readonly opening?: boolean;
  readonly finish?: boolean;
  readonly list?: 'sort' | 'once';
  readonly trigger?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly maxWords?: number;
  readonly maxTokens?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Runs the verb. */
export async function runClean(places: readonly string[], flags: CleanFlags): Promise<void> {
  const operations = operationsOf(flags);
  if (operations.length === 0) throw new StudioError('argument-invalid', 'clean: nothing to do was said; --help lists the operations');
  if (flags.maxTokens !== undefined && flags.tokenizer === undefined)
    throw new StudioError('argument-invalid', '--max-tokens: goes with --tokenizer, which says whose tokens: --tokenizer clip');
  const loaded = await loadDataset(places, flags);
  const context = loaded.tokens === null ? {} : { countTokens: loaded.tokens.count };
  const changes = planCleaning(loaded.items, operations, context);
  const change = (item: DatasetItem): readonly Caption[] => planCleaning([item], operations, context)[0]?.after.captions ?? item.captions;
  const files = await placeChanges({ loaded, changes, change, isPerLine: flags.perLine === true });
  const options = { stamps: loaded.sources.stamps, isForced: flags.force === true };
  const fates = flags.dryRun === true ? await foreseeWriting(files, options.stamps) : await writeFiles(files, options);
  if (flags.json === true) {
    printJson({
      changes: changes.map(({ path, before, after }) => ({ path, before: textsOf(before), after: textsOf(after) })),
      files: [...fates].map(([path, fate]) => ({ path, fate })),
    });
    return;
  }
  for (const line of sayReading(loaded)) print(line);
  printSome(changes.flatMap(sayChange), 30);
  print(`${sayCount(changes.length, 'picture')} ${changes.length === 1 ? 'changes' : 'change'}; ${sayFates(fates, flags.dryRun === true)}`);
}

/** The order is that of reading: texts are searched first, what goes around them comes last, and limits leave room for it. */
function operationsOf(flags: CleanFlags): readonly CleanOperation[] {
  return [
    ...replacements(flags),
    ...(flags.opening === true ? [{ kind: 'opening' as const }] : []),
    ...(flags.oneLine === true ? [{ kind: 'one-line' as const }] : []),
    ...(flags.punctuation === true ? [{ kind: 'punctuation' as const }] : []),
    ...(flags.spaces === true ? [{ kind: 'spaces' as const }] : []),
    ...(flags.finish === true ? [{ kind: 'finish' as const }] : []),
    ...(flags.list === undefined ? [] : [{ kind: 'list' as const, isSorted: flags.list === 'sort' }]),
    ...(flags.case === undefined ? [] : [{ kind: 'case' as const, to: flags.case }]),
    ...(flags.maxWords === undefined ? [] : [{ kind: 'max-words' as const, count: flags.maxWords }]),
    ...(flags.maxTokens === undefined ? [] : [{ kind: 'max-tokens' as const, count: flags.maxTokens }]),
    ...(flags.end === undefined ? [] : [{ kind: 'end' as const, sign: flags.end === 'point' ? ('.' as const) : ('' as const) }]),
    ...(flags.trigger === undefined ? [] : [{ kind: 'trigger' as const, word: flags.trigger }]),
    ...(flags.prefix === undefined ? [] : [{ kind: 'prefix' as const, text: flags.prefix }]),
    ...(flags.suffix === undefined ? [] : [{ kind: 'suffix' as const, text: flags.suffix }]),
  ];
}

function replacements({ replace = [], regex = false, ignoreCase = false, words = false }: CleanFlags): readonly CleanOperation[] {
  if (replace.length % 2 === 1)
    throw new StudioError('argument-invalid', '--replace: wants pairs, what to find and what to put: --replace dog cat');
  return Array.from({ length: replace.length / 2 }, (_, i) => ({
    kind: 'replace' as const,
    find: replace[2 * i] ?? '',
    replacement: replace[2 * i + 1] ?? '',
    isPattern: regex,
    ignoreCase,
    wholeWords: words,
  }));
}

function sayChange({ path, before, after }: ContentChange): readonly string[] {
  return [
    path,
    ...textsOf(before).map((text) => `  - ${JSON.stringify(text)}`),
    ...textsOf(after).map((text) => `  + ${JSON.stringify(text)}`),
  ];
}

function textsOf({ captions }: ContentChange['before']): readonly string[] {
  return captions.map(({ text }) => text);
}
