/** @file Captions the pictures that are to be evaluated, or goes on with captions that an earlier run has written. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import type { CaptionConditions, CaptionStyle } from '../../core/dataset/caption-conditions.ts';
import type { CaptionRecord } from '../../core/dataset/caption-record.ts';
import { createNameMatcher } from '../../core/dataset/match-names.ts';
import { checkDecoding, defaultDecoding, type DecodingOptions } from '../../core/decode/options.ts';
import { StudioError } from '../../core/error.ts';
import { adapterId } from '../../engine/adapter/adapter-id.ts';
import { takeAdapter } from '../../engine/adapter/match-adapter.ts';
import { fingerprintModel } from '../../engine/bundle/fingerprint.ts';
import { openModel } from '../../engine/model.ts';
import { openAdapterPlace, openWornModel } from '../adapter-flags.ts';
import { decodingOf, promptOf, typedDecoding, type CaptionFlags } from '../caption/caption-flags.ts';
import { captionFound } from '../caption/caption.ts';
import { holdToNote } from '../caption/captions-made-with.ts';
import { openNodeBundle } from '../open-model.ts';
import { openNodeRuntime } from '../ort-node.ts';
import { findPictures, type PictureInput } from '../caption/picture-inputs.ts';

/** What of the typed options says which pictures are captioned, and how. */
export type PictureFlags = Omit<CaptionFlags, 'format' | 'existing' | 'out' | 'captions'> & {
  readonly images: readonly string[];
  /** Where the captions are kept. */
  readonly hypothesesOut?: string;
};

/** Captions of the pictures, as the text of a file. */
export interface PictureCaptions {
  /** What the file is called in messages. */
  readonly path: string;
  readonly text: string;
  readonly conditions: CaptionConditions;
}

/**
 * Captions those pictures that have references. Captions are written as they end; where a file is named for them, the next run goes on.
 *
 * @throws {StudioError} 'argument-invalid' when no picture has references, or the file's captions were made otherwise; 'cancelled' after Ctrl-C
 */
export async function captionForScores(
  flags: PictureFlags,
  references: readonly CaptionRecord[],
  note: (text: string) => void,
): Promise<PictureCaptions> {
  checkDecoding(decodingOf(toCaptionFlags(flags, ''), defaultDecoding)); // before anything is loaded
  const pictures = keepReferenced(await findPictures(flags.images), references, note);
  const bundle = await openNodeBundle(flags.model);
  const conditions: CaptionConditions = {
    model: { name: bundle.manifest.name, sha256: await fingerprintModel(bundle.manifest) },
    style: await styleOf(flags),
    prompt: promptOf(flags.prompt),
    system: flags.system ?? null,
    decoding: decodingConditions(flags),
  };
  const scratch = flags.hypothesesOut === undefined ? await mkdtemp(join(tmpdir(), 'caption-studio-')) : undefined;
  const path = flags.hypothesesOut ?? join(scratch ?? '', 'captions.jsonl');
  await holdToNote(path, conditions);
  try {
    await captionFound(pictures, toCaptionFlags(flags, path), () => openWornModel(() => openModel(openNodeRuntime(), bundle), flags));
  } catch (error) {
    if (scratch !== undefined) note(`captions so far are in ${path}; --hypotheses-out with this path goes on from there`);
    throw error;
  }
  const text = await readFile(path, 'utf8');
  if (scratch !== undefined) await rm(dirname(path), { recursive: true });
  return { path: flags.hypothesesOut ?? 'captions', text: keepNamed(text, pictures), conditions };
}

function keepReferenced(
  found: readonly PictureInput[],
  references: readonly CaptionRecord[],
  note: (text: string) => void,
): readonly PictureInput[] {
  const find = createNameMatcher(references);
  const kept = found.filter((picture) => (find(picture)?.captions.length ?? 0) > 0);
  if (kept.length === 0) {
    const [ours, theirs] = [found[0]?.file ?? 'nothing', references[0]?.file ?? 'nothing'];
    throw new StudioError(
      'argument-invalid',
      `images: none of ${String(found.length)} pictures has references; the pictures are called "${ours}", the references name "${theirs}"`,
    );
  }
  const without = found.length - kept.length;
  if (without > 0) note(`without references, and so not captioned: ${String(without)} of ${String(found.length)} pictures`);
  return kept;
}

/** The adapters that were named, under the hashes that the page has for them, too; null for none. */
async function styleOf({ adapter = [], scale = [] }: PictureFlags): Promise<CaptionStyle | null> {
  const adapters = await Promise.all(
    adapter.map(async (place, i) => {
      const sha256 = await adapterId(takeAdapter(await openAdapterPlace(place)));
      return { name: parse(place).name, sha256, scale: scale[i] ?? 1 };
    }),
  );
  return adapters.length === 0 ? null : { name: adapters.map(({ name }) => name).join(' + '), adapters };
}

/** Lines in the order of the pictures, so that the draws do not depend on which caption ended first; the file may have more of an earlier run. */
function keepNamed(text: string, pictures: readonly PictureInput[]): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const byFile = new Map(lines.map((line) => [(JSON.parse(line) as { file: string }).file, line]));
  return pictures.flatMap(({ file }) => byFile.get(file) ?? []).join('\n');
}

function toCaptionFlags({ images: _, hypothesesOut: __, ...flags }: PictureFlags, out: string): CaptionFlags {
  return { ...flags, out, format: 'jsonl', existing: 'skip' };
}

/** Decoding as it was typed: the model's own options are told by its hash. Where nothing is drawn, no seed counts. */
function decodingConditions(flags: PictureFlags): Partial<DecodingOptions> {
  const { seed: _, ...typed } = typedDecoding(flags);
  return (flags.temperature ?? 0) > 0 && flags.seed !== undefined ? { ...typed, seed: flags.seed } : typed;
}
