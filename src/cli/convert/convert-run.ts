/** @file Carries a conversion out: begun, or gone on with from where an earlier run was broken off. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { FileSet } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import type { BundleManifest, Shard } from '../../../models/bundle.ts';
import { hashSource } from '../../engine/bundle/verify.ts';
import { emptyJournal, type Journal } from '../../engine/convert/run-plan.ts';
import type { Precision } from '../../engine/convert/precision.ts';
import { beginLoad, continueLoad } from '../../engine/load/load.ts';
import { openSource } from '../../engine/load/survey.ts';
import { webHttp } from '../../engine/load/web-http.ts';
import { openConvertSource, reopenConvertSource, type ConvertSource } from './convert-source.ts';
import { openUnfinished, type Begun, type ConvertRequest } from './convert-unfinished.ts';
import { folderFiles, folderSink } from '../node-files.ts';
import { progressLine, sayBytes } from '../progress.ts';

/** What is asked for, and how it is called off. */
export interface ConvertCall extends ConvertRequest {
  readonly precision: Precision | null;
  readonly isRestart: boolean;
  readonly pause: AbortSignal;
}

/**
 * Converts into a folder and gives the manifest that was written there last of all.
 *
 * @throws {StudioError} 'cancelled' when it was stopped; 'argument-invalid' when another conversion lies in the folder; 'source-changed' and
 * 'integrity' when source or folder are not what they were; and what reading, fetching and writing throw
 */
export async function convertInto(bundle: string, { isRestart, pause, ...call }: ConvertCall): Promise<BundleManifest> {
  const asked = { ...call, hub: readHub(call.hub), source: existsSync(call.source) ? resolve(call.source) : call.source };
  const http = webHttp({
    fetch: (address, options) => fetch(address, options),
    mayBe: 'there is no such server',
    pause,
    stop: new AbortController().signal,
  });
  const unfinished = openUnfinished(bundle);
  const left = isRestart ? null : await unfinished.read();
  if (left) {
    if (!isDeepStrictEqual(left.asked, asked)) throw anotherLies(bundle, left.asked);
    await checkSideFiles(bundle, left);
    const files = await reopenConvertSource(left.origin, left.states, http);
    process.stderr.write(`going on with the conversion that lies in ${bundle}\n`);
    return carryOut(bundle, { work: left.work, files, journal: left.journal, pause });
  }
  const source = await openConvertSource(call.source, { http, host: asked.hub });
  const work = await begin(bundle, source, asked);
  await unfinished.begin({ asked, origin: source.origin, states: source.states(), work });
  return carryOut(bundle, { work, files: source.files, journal: emptyJournal, pause });
}

interface Run {
  readonly work: Begun['work'];
  readonly files: FileSet;
  readonly journal: Journal;
  readonly pause: AbortSignal;
}

async function carryOut(bundle: string, { work, files, journal, pause }: Run): Promise<BundleManifest> {
  const unfinished = openUnfinished(bundle);
  const written = folderFiles(bundle);
  const line = progressLine(sayBytes);
  let far = { done: 0, total: 0 };
  try {
    const manifest = await continueLoad(files, work, folderSink(bundle, true), {
      journal,
      events: {
        onJournal: unfinished.keep,
        onProgress: (done, total) => {
          far = { done, total };
          line.update('converted', done, total);
        },
        isStopped: () => pause.aborted,
        isStillWhole: (shard) => isWhole(written, shard),
      },
    });
    await unfinished.remove();
    return manifest;
  } catch (error) {
    if (!pause.aborted) throw error;
    const share = far.total === 0 ? '' : ` after ${sayBytes(far.done)} of ${sayBytes(far.total)}`;
    throw new StudioError('cancelled', `stopped${share}; the same command goes on from here`, { cause: error });
  } finally {
    line.clear();
  }
}

async function begin(
  bundle: string,
  source: ConvertSource,
  asked: ConvertRequest & Pick<ConvertCall, 'precision'>,
): Promise<Begun['work']> {
  const opened = await openSource(source.files);
  if (opened.kind === 'bundle' && asked.precision !== null) {
    const { precision } = opened.bundle.manifest;
    throw new StudioError(
      'argument-invalid',
      `${asked.source}: is a bundle already (${precision}); it can be copied as it is, without --quantize`,
    );
  }
  return beginLoad(opened, folderSink(bundle, true), {
    form: opened.kind === 'bundle' ? 'as-is' : (asked.precision ?? 'q8'),
    name: asked.name ?? source.name,
    source: source.told,
    licence: asked.licence ?? (await source.licence()),
  });
}

/** The small files are written first; whoever changed them since is told, not overruled. */
async function checkSideFiles(bundle: string, { work }: Begun): Promise<void> {
  const files = folderFiles(bundle);
  for (const file of work.kind === 'bundle' ? work.manifest.files : work.sideFiles) {
    if (await isWhole(files, file)) continue;
    throw new StudioError('integrity', `${bundle}/${file.path}: is not what was written there; begin anew with --restart`);
  }
}

async function isWhole(files: FileSet, { path, sizeBytes, sha256 }: Shard): Promise<boolean> {
  const file = await files.open(path);
  return file?.byteLength === sizeBytes && (await hashSource(file)) === sha256;
}

function anotherLies(bundle: string, { source, precision }: ConvertRequest): StudioError {
  return new StudioError(
    'argument-invalid',
    `${bundle}: an unfinished conversion of ${source}${precision === null ? '' : ` to ${precision}`} lies here; go on with the command that it was ` +
      'begun with, begin anew with --restart, or choose another folder',
  );
}

function readHub(address: string): string {
  const hub = address.trim().replace(/\/+$/, '');
  if (/^https?:\/\/[^/\s]+/.test(hub) && URL.canParse(hub)) return hub;
  throw new StudioError('argument-invalid', `--hub-url ${address}: is no address; it must begin with https://`);
}
