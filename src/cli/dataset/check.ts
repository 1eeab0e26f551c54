/** @file `dataset check`: what may be wrong with pictures and captions; it fails when something is. */

import { createHash } from 'node:crypto';
import { checkDataset } from '../../core/dataset/check/check-dataset.ts';
import { defaultCheckLimits } from '../../core/dataset/check/check-caption.ts';
import { flagNames } from '../../core/dataset/check/flag.ts';
import type { DatasetItem } from '../../core/dataset/item.ts';
import { makeSafePath } from '../../core/dataset/naming/safe-name.ts';
import { StudioError } from '../../core/error.ts';
import { takeFingerprint } from '../../core/image/fingerprint.ts';
import { findNearDuplicates, type FingerprintedPicture } from '../../core/image/near-duplicates.ts';
import { decodePicture } from '../decode-picture.ts';
import { progressLine } from '../progress.ts';
import { watchInterrupt } from './interrupt.ts';
import { loadDataset, type DatasetFlags, type LoadedDataset } from './load.ts';
import { print, printJson, printSome, sayCount, sayReading } from './report.ts';

/** Options as they are typed. */
export interface CheckFlags extends DatasetFlags {
  readonly minWords: number;
  readonly maxWords: number;
  readonly maxTokens?: number;
  readonly ignore?: string;
  readonly pictures: boolean;
}

/** Something that was found. */
interface Finding {
  readonly kind: string;
  readonly path: string;
  readonly message: string;
}

/** What is found beside the flags of captions. */
const pictureKinds = {
  broken: 'cannot be decoded',
  duplicate: 'is the same file as another',
  alike: 'looks like another',
  name: 'has a name that some systems refuse',
  missing: 'is named by a table but not there',
  unreadable: 'is a file that cannot be read',
} as const;

/** All kinds of findings with what they mean. */
export const findingKinds: Readonly<Record<string, string>> = { ...flagNames, ...pictureKinds };

/** Runs the verb. */
export async function runCheck(places: readonly string[], flags: CheckFlags): Promise<void> {
  const ignored = new Set((flags.ignore ?? '').split(',').filter((kind) => kind !== ''));
  for (const kind of ignored) {
    if (!Object.hasOwn(findingKinds, kind))
      throw new StudioError('argument-invalid', `--ignore ${kind}: is unknown; known are ${Object.keys(findingKinds).join(', ')}`);
  }
  if (flags.maxTokens !== undefined && flags.tokenizer === undefined)
    throw new StudioError('argument-invalid', '--max-tokens: goes with --tokenizer, which says whose tokens');
  const loaded = await loadDataset(places, flags);
  const all = [...captionFindings(loaded, flags), ...nameFindings(loaded), ...(flags.pictures ? await pictureFindings(loaded) : [])];
  const findings = all.filter(({ kind }) => !ignored.has(kind));
  if (flags.json === true) printJson({ pictures: loaded.items.length, findings });
  else report(loaded, findings);
  if (findings.length > 0) process.exitCode = 1;
}

function report(loaded: LoadedDataset, findings: readonly Finding[]): void {
  for (const line of sayReading(loaded)) print(line);
  for (const [kind, meaning] of Object.entries(findingKinds)) {
    const found = findings.filter((finding) => finding.kind === kind);
    if (found.length === 0) continue;
    print(`${kind}: ${String(found.length)} (${meaning})`);
    printSome(found.map(({ path, message }) => `  ${path}: ${message}`));
  }
  const pictures = new Set(findings.map(({ path }) => path)).size;
  print(findings.length === 0 ? 'nothing found' : `${sayCount(findings.length, 'finding')} on ${sayCount(pictures, 'picture')}`);
}

function captionFindings({ items, tokens, reading }: LoadedDataset, flags: CheckFlags): readonly Finding[] {
  const maxTokens = flags.maxTokens ?? tokens?.limit ?? null;
  const raised = checkDataset(items, {
    limits: { ...defaultCheckLimits, minWords: flags.minWords, maxWords: flags.maxWords, maxTokens },
    ...(tokens === null ? {} : { countTokens: tokens.count }),
  });
  const unreadable = reading.problems.filter(({ kind }) => kind === 'unreadable');
  return [
    ...[...raised].flatMap(([path, found]) => found.map(({ name, message }) => ({ kind: name, path, message }))),
    ...unreadable.map(({ path, message }) => ({ kind: 'unreadable', path, message })),
  ];
}

function nameFindings({ items }: LoadedDataset): readonly Finding[] {
  return items.flatMap(({ path, byteLength }) => {
    const { to, reasons } = makeSafePath(path);
    return [
      ...(byteLength === null ? [{ kind: 'missing', path, message: 'there is no such picture' }] : []),
      ...(reasons.length === 0 ? [] : [{ kind: 'name', path, message: `${reasons.join('; ')}; exports call it ${to}` }]),
    ];
  });
}

async function pictureFindings({ items, readPicture }: LoadedDataset): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const byHash = new Map<string, string>();
  const looks: FingerprintedPicture[] = [];
  const present = items.filter(({ byteLength }) => byteLength !== null);
  const line = progressLine();
  const interrupt = watchInterrupt();
  try {
    for (const [i, item] of present.entries()) {
      if (interrupt.isInterrupted())
        throw new StudioError(
          'cancelled',
          `stopped after ${String(i)} of ${String(present.length)} pictures; --no-pictures checks captions alone`,
        );
      const { hash, look } = await examine(item, readPicture);
      line.update('looked at', i + 1, present.length);
      const same = hash === null ? undefined : byHash.get(hash);
      if (same !== undefined) findings.push({ kind: 'duplicate', path: item.path, message: `is ${same} once more` });
      else if (!(look instanceof StudioError)) looks.push(look);
      if (look instanceof StudioError) findings.push({ kind: 'broken', path: item.path, message: look.message });
      if (hash !== null && same === undefined) byHash.set(hash, item.path);
    }
  } finally {
    line.clear();
    interrupt.stop();
  }
  const alike = findNearDuplicates(looks).flatMap(([first, ...others]) =>
    others.map((path) => ({ kind: 'alike', path, message: `looks like ${first ?? ''}` })),
  );
  return [...findings, ...alike];
}

interface Examined {
  readonly hash: string | null;
  readonly look: FingerprintedPicture | StudioError;
}

async function examine({ path }: DatasetItem, readPicture: LoadedDataset['readPicture']): Promise<Examined> {
  let hash: string | null = null;
  try {
    const bytes = await readPicture(path);
    hash = createHash('sha256').update(bytes).digest('hex');
    return { hash, look: { path, fingerprint: takeFingerprint(await decodePicture(path, bytes)) } };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { hash, look: error };
  }
}
