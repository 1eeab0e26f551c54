/** @file Scoring as the screen asks for it: reads files, runs evaluations that can be stopped, explains single captions. */

import { readConditions } from '../src/core/dataset/caption-conditions.ts';
import { parseCaptionFile, parseJson } from '../src/core/dataset/caption-file.ts';
import { parseCocoInstances } from '../src/core/dataset/coco.ts';
import { createNameMatcher } from '../src/core/dataset/match-names.ts';
import { readRunFile } from '../src/core/dataset/run-file.ts';
import { decodeTextFile } from '../src/core/dataset/read/decode-text.ts';
import { StudioError } from '../src/core/error.ts';
import {
  countDocumentFrequencies,
  documentFrequencyFormat,
  parseDocumentFrequencyTable,
  writeDocumentFrequencies,
} from '../src/core/metric/document-frequency.ts';
import type { ReferenceSet } from '../src/core/metric/caption-set.ts';
import { prepareReferences, type ScoreProgress } from '../src/core/metric/score.ts';
import { finish } from '../src/core/metric/steps.ts';
import { drive } from '../src/engine/evaluate/drive.ts';
import { annotatedObjects } from '../src/engine/evaluate/evaluate.ts';
import { evaluateSystems } from '../src/engine/evaluate/evaluate-systems.ts';
import { createExplainer, type Explainer } from '../src/engine/evaluate/explain.ts';
import { tellInOrder } from './last-taken.ts';
import type { FetchedBytes, MetricShelf } from './metric-data.ts';
import { checkCaptions, checkFileBytes } from './score-limits.ts';
import type {
  CaptionExplanation,
  EvaluateProgress,
  EvaluateRequest,
  EvaluateResult,
  ExplainRequest,
  FrequencyRequest,
  ReadFile,
  ScoredSet,
  ScoresApi,
} from './scores-api.ts';

/** Opens the desk; metric data comes from the shelf. */
export function openScoreDesk(shelf: MetricShelf): ScoresApi {
  const jobs = new Map<string, AbortController>();
  let kept: { readonly key: string; readonly explainer: Explainer } | undefined;
  /** One after another: what is kept is then what was asked for before. */
  let explaining: Promise<unknown> = Promise.resolve();
  const explain = async (request: ExplainRequest): Promise<readonly CaptionExplanation[]> => {
    if (kept?.key !== request.setKey) kept = { key: request.setKey, explainer: await makeExplainer(request, shelf) };
    const { explainer } = kept;
    return request.captions.map(({ file, text }) => explainer.explain(file, text));
  };
  return {
    readFile: async ({ jobId, name, file }, onProgress: (share: number) => unknown) => {
      const stop = new AbortController();
      const { tell, taken } = tellInOrder(onProgress);
      jobs.set(jobId, stop);
      try {
        checkFileBytes(name, file.size);
        return await readAny(name, await readBytes(file, throttle(tell), stop.signal), stop.signal);
      } finally {
        jobs.delete(jobId);
        await taken();
      }
    },
    cancel: (jobId) => {
      jobs.get(jobId)?.abort();
      return Promise.resolve();
    },
    evaluate: async (request, onProgress: (progress: EvaluateProgress) => unknown) => {
      const stop = new AbortController();
      const { tell, taken } = tellInOrder(onProgress);
      jobs.set(request.jobId, stop);
      try {
        return await evaluate(request, { shelf, onProgress: tell, stop: stop.signal });
      } finally {
        jobs.delete(request.jobId);
        await taken();
      }
    },
    explain: (request) => {
      const turn = explaining.then(() => explain(request));
      explaining = turn.catch(() => undefined); // whoever asked hears of it
      return turn;
    },
    countFrequencies: async (request) => {
      const set = await prepareSet(request);
      return writeDocumentFrequencies(finish(countDocumentFrequencies(set)), set);
    },
  };
}

interface Host {
  readonly shelf: MetricShelf;
  readonly onProgress: (progress: EvaluateProgress) => void;
  readonly stop: AbortSignal;
}

async function evaluate(request: EvaluateRequest, { shelf, onProgress, stop }: Host): Promise<EvaluateResult> {
  const startMs = performance.now();
  const onBytes = throttle((bytes: FetchedBytes) =>
    onProgress({ stage: 'data', share: bytes.total === 0 ? 0 : bytes.done / bytes.total, bytes }),
  );
  const data = await shelf.load(request.metrics, { stop, onBytes });
  if (stop.aborted) throw new StudioError('cancelled', 'evaluation: stopped');
  const meter = createMeter(request, onProgress);
  const sets: ScoredSet[] = [];
  for (const references of request.references) {
    const result = await evaluateSystems(
      {
        systems: request.systems.map(({ id, name, records }) => ({ id, name, captions: records })),
        references: references.records,
        ...(request.objects && { objects: request.objects }),
        ...(request.baselineId !== null && { baselineId: request.baselineId }),
      },
      {
        ...{ metrics: request.metrics, draws: request.draws, seed: request.seed, ...data },
        ...(request.frequencies && { documentFrequencies: request.frequencies }),
      },
      { onProgress: meter, isCancelled: () => stop.aborted, pause: breathe },
    );
    sets.push({ referencesId: references.id, ...result });
  }
  return { sets, elapsedMs: performance.now() - startMs };
}

/** Messages, a wish to stop among them, are looked at between two tasks. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Of a file, read at once. @unit bytes */
const pieceBytes = 4 * 2 ** 20;

/** Rough shares of the time that stages take, for a bar that moves evenly. */
const stageWeights: Readonly<Record<string, number>> = {
  references: 4,
  captions: 1,
  METEOR: 30,
  style: 6,
  CIDEr: 2,
  CIDEr_plain: 2,
  intervals: 4,
};

/** Turns the steps of all systems and sets into one share, which never goes back. */
function createMeter(request: EvaluateRequest, onProgress: (progress: EvaluateProgress) => void): (step: ScoreProgress) => void {
  const weightOf = (stage: string): number => stageWeights[stage] ?? 1;
  const systemStages = ['captions', ...request.metrics.filter((metric) => metric !== 'SPICE'), ...(request.draws > 0 ? ['intervals'] : [])];
  const systemTotal = systemStages.reduce((sum, stage) => sum + weightOf(stage), 0);
  const total = request.references.length * (weightOf('references') + request.systems.length * systemTotal);
  let before = 0;
  let current = '';
  let shareMax = 0;
  const send = throttle(onProgress);
  return ({ stage, done, total: steps }) => {
    if (stage !== current) {
      if (current !== '') before += weightOf(current);
      current = stage;
    }
    const within = steps === 0 ? 0 : done / steps;
    shareMax = Math.max(shareMax, Math.min(1, (before + within * weightOf(stage)) / total));
    send({ stage, share: shareMax });
  };
}

/** Passes on a dozen messages a second: more would only be in the way. */
function throttle<T>(take: (value: T) => void): (value: T) => void {
  let sentMs = -Infinity;
  return (value) => {
    if (performance.now() - sentMs < 80) return;
    sentMs = performance.now();
    take(value);
  };
}

async function makeExplainer(request: ExplainRequest, shelf: MetricShelf): Promise<Explainer> {
  const set = await prepareSet(request);
  const annotated = request.objects === null ? undefined : annotatedObjects(set.files, request.objects);
  return createExplainer(set, {
    ...(await shelf.load(request.metrics)),
    ...(annotated && { annotated }),
    ...(request.frequencies && { documentFrequencies: request.frequencies }),
  });
}

async function prepareSet({ files, references }: FrequencyRequest): Promise<ReferenceSet> {
  const find = createNameMatcher(references);
  const pictures = files.map((file) => ({ file, references: find({ file })?.captions ?? [] }));
  return drive(prepareReferences(pictures), { pause: breathe });
}

/** Reads a file piece by piece, so that it can be told how far it is, and stopped. @throws {StudioError} 'cancelled' */
async function readBytes(file: Blob, onShare: (share: number) => void, stop: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.size);
  for (let start = 0; start < file.size; start += pieceBytes) {
    const piece = await file.slice(start, start + pieceBytes).arrayBuffer();
    refuseStopped(stop);
    bytes.set(new Uint8Array(piece), start);
    onShare((start + piece.byteLength) / file.size);
  }
  return bytes;
}

function refuseStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new StudioError('cancelled', 'reading: stopped');
}

async function readAny(name: string, bytes: Uint8Array<ArrayBuffer>, stop: AbortSignal): Promise<ReadFile> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const { text, isGuessed } = decodeTextFile(bytes);
  await breathe();
  refuseStopped(stop);
  if (text.trimStart().startsWith('{') && /"category_id"\s*:/u.test(text.slice(0, 2_000_000)) && !/"caption"\s*:/u.test(text)) {
    return { kind: 'objects', name, sha256, records: parseCocoInstances(name, parseJson(name, text)) };
  }
  if (/^\s*\{\s*"format"\s*:\s*"caption-studio-evaluation/u.test(text))
    return { kind: 'run', name, sha256, run: readRunFile(name, parseJson(name, text)) };
  if (text.slice(0, 1000).includes(`"${documentFrequencyFormat}"`))
    return { kind: 'frequencies', name, sha256, table: parseDocumentFrequencyTable(name, text) };
  const conditions = name.endsWith('.made-with.json') ? readConditions(parseJson(name, text)) : null;
  if (conditions !== null) return { kind: 'conditions', name, sha256, conditions };
  const { format, records, failedRows } = parseCaptionFile(name, text);
  if (records.length === 0) {
    const why = failedRows === 0 ? 'holds no captions' : `has no caption, only ${String(failedRows)} rows that tell of an error`;
    throw new StudioError('file-invalid', `${name}: ${why}; add the file with the captions`);
  }
  checkCaptions(name, records);
  await breathe();
  refuseStopped(stop); // what nobody waits for is not sent
  const letters = isGuessed ? 'guessed' : text.includes('\uFFFD') ? 'broken' : 'whole';
  return { kind: 'captions', name, sha256, format, records, failedRows, letters };
}
