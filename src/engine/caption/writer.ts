/** @file Writers choose the tokens of one picture's captions, by chance or by beams; the loop that feeds them knows only rows. */

import { beamAdvance, beamFinish, beamStart } from '../../core/decode/beam.ts';
import type { DecodingOptions } from '../../core/decode/options.ts';
import { tokenRules, warpOf } from '../../core/decode/rules.ts';
import { makeSampler } from '../../core/decode/sampler.ts';
import { cutAtStop } from '../../core/decode/stop-strings.ts';
import { makeTextStream, type TextStream } from '../../core/decode/text-stream.ts';
import { StudioError } from '../../core/error.ts';

/** One finished caption. */
export interface WrittenCaption {
  readonly text: string;
  /** The new tokens, without the stop id. */
  readonly ids: readonly number[];
  /** Sum over the new tokens, the stop id included. @unit nats */
  readonly logProbability: number;
  readonly stoppedBy: 'end' | 'length' | 'stop-string' | 'cancelled';
}

/** How the running rows go on: the next token of each, and the row it goes on from. */
export interface NextRows {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
}

/** Writes the captions of one picture. */
export interface Writer {
  /** How many rows it runs now: 1 at first, 0 at the end. */
  readonly rows: number;
  /** What can be shown by now of the first caption. */
  readonly text: string;
  /** Takes the logits of its running rows. */
  advance(logits: readonly Float32Array[]): NextRows;
  /** Gives its captions, best or first one first; what still runs is cut off. */
  finish(): readonly WrittenCaption[];
}

/** What a writer must know. */
export interface WriterSpec {
  readonly options: DecodingOptions;
  /** Everything before the first new token, one id for each picture row. */
  readonly promptIds: readonly number[];
  /** The last of these ids, with which the caption begins. */
  readonly startIds: readonly number[];
  readonly stopIds: readonly number[];
  readonly bannedSequences: readonly (readonly number[])[];
  readonly decode: (ids: readonly number[]) => string;
}

/** Makes the writer that the options ask for. */
export function makeWriter(spec: WriterSpec): Writer {
  return spec.options.beams > 1 ? beamWriter(spec) : samplingWriter(spec);
}

interface Draft {
  readonly stream: TextStream;
  readonly sampler: ReturnType<typeof makeSampler>;
  readonly ids: number[];
  logProbability: number;
  stoppedBy: WrittenCaption['stoppedBy'] | null;
}

function samplingWriter(spec: WriterSpec): Writer {
  const { options } = spec;
  const rules = tokenRules(options, spec);
  const drafts = Array.from(
    { length: options.captions },
    (_, captionIndex): Draft => ({
      stream: makeTextStream({ decode: spec.decode, startIds: spec.startIds, stopStrings: options.stopStrings }),
      sampler: makeSampler({ rules, warp: warpOf(options), promptLength: spec.promptIds.length, seed: options.seed, captionIndex }),
      ids: [],
      logProbability: 0,
      stoppedBy: null,
    }),
  );
  let isFirst = true;
  const running = (): readonly Draft[] => drafts.filter((draft) => draft.stoppedBy === null);
  return {
    get rows() {
      return isFirst ? 1 : running().length;
    },
    get text() {
      return drafts[0]?.stream.text ?? '';
    },
    advance: (logits) => {
      const next: { token: number; parent: number }[] = [];
      running().forEach((draft, row) => {
        const parent = isFirst ? 0 : row;
        const token = writeToken(draft, requireLogits(logits, parent), spec);
        if (draft.stoppedBy === null) next.push({ token, parent });
      });
      isFirst = false;
      return { tokens: next.map(({ token }) => token), parents: next.map(({ parent }) => parent) };
    },
    finish: () =>
      drafts.map((draft) => {
        draft.stream.finish();
        return {
          text: draft.stream.text.trimEnd(),
          ids: draft.ids,
          logProbability: draft.logProbability,
          stoppedBy: draft.stoppedBy ?? 'cancelled',
        };
      }),
  };
}

function writeToken(draft: Draft, logits: Float32Array, { options, promptIds, stopIds }: WriterSpec): number {
  const choice = draft.sampler.choose(logits, draft.ids.length === 0 ? promptIds : [...promptIds, ...draft.ids]);
  draft.logProbability += choice.logProbability;
  if (stopIds.includes(choice.token)) {
    draft.stoppedBy = 'end';
    return choice.token;
  }
  draft.ids.push(choice.token);
  draft.stream.push(choice.token);
  if (draft.stream.isStopped) draft.stoppedBy = 'stop-string';
  else if (draft.ids.length >= options.maxNewTokens) draft.stoppedBy = 'length';
  return choice.token;
}

function beamWriter(spec: WriterSpec): Writer {
  const { options, stopIds } = spec;
  let state = beamStart({
    rules: tokenRules(options, spec),
    promptIds: spec.promptIds,
    beams: options.beams,
    maxNewTokens: options.maxNewTokens,
    lengthPenalty: options.lengthPenalty,
    earlyStopping: options.earlyStopping,
  });
  const textOf = (ids: readonly number[]): string =>
    cutAtStop(spec.decode([...spec.startIds, ...ids]).trim(), options.stopStrings).trimEnd();
  return {
    get rows() {
      return state.isDone ? 0 : state.running.length;
    },
    get text() {
      return textOf((state.finished[0] ?? state.running[0])?.ids.filter((id) => !stopIds.includes(id)) ?? []);
    },
    advance: (logits) => {
      const step = beamAdvance(state, logits);
      state = step.state;
      return state.isDone ? { tokens: [], parents: [] } : { tokens: step.tokens, parents: step.parents };
    },
    finish: () =>
      beamFinish(state, options.captions).map((beam) => {
        const ids = beam.ids.filter((id) => !stopIds.includes(id));
        return { text: textOf(ids), ids, logProbability: beam.logProbability, stoppedBy: state.isDone ? beam.stoppedBy : 'cancelled' };
      }),
  };
}

function requireLogits(logits: readonly Float32Array[], row: number): Float32Array {
  const found = logits[row];
  if (!found) throw new StudioError('internal', `internal: no logits for row ${String(row)}`);
  return found;
}
