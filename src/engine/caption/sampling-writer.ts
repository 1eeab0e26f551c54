/** @file Writes one picture's captions token by token: the likeliest, or one drawn at random. */

import { tokenRules, warpOf } from '../../core/decode/rules.ts';
import { makeSampler } from '../../core/decode/sampler.ts';
import { makeTextStream, type TextStream } from '../../core/decode/text-stream.ts';
import { StudioError } from '../../core/error.ts';
import { chooseNext, emptyDraft, endOf, goOnAside, type Aside, type Draft, type DraftSpec, type DraftStep } from './draft.ts';
import { forcingOf, type Writer, type WriterSpec, type WrittenCaption } from './writer.ts';

type End = WrittenCaption['stoppedBy'] | null;

/** A caption on its way. */
interface Running {
  spec: DraftSpec;
  draft: Draft;
  /**
   * Another way, with a forced word that the caption lacks; it has a row of its own until it ends. It is taken where the caption would end
   * without its words: what the model writes of itself stays as it is.
   */
  aside: Aside | null;
  /** What the aside is drawn with, so that the caption's own numbers do not depend on it. */
  readonly asideSpec: DraftSpec;
  stream: TextStream;
  stoppedBy: End;
}

/** Makes a writer whose captions are drawn, each with random numbers of its own; all are the likeliest where the temperature is 0. */
export function samplingWriter(writer: WriterSpec): Writer {
  const { options } = writer;
  const forcing = forcingOf(writer);
  const rules = tokenRules(options, writer);
  const specOf = (captionIndex: number): DraftSpec => {
    const promptLength = writer.promptIds.length;
    return { writer, forcing, sampler: makeSampler({ rules, warp: warpOf(options), promptLength, seed: options.seed, captionIndex }) };
  };
  const all = Array.from({ length: options.captions }, (_, i): Running => {
    const own = { spec: specOf(i), asideSpec: specOf(options.captions + i) };
    return { ...own, draft: emptyDraft, aside: null, stream: openStream(writer), stoppedBy: null };
  });
  let isFirst = true;
  const running = (): readonly Running[] => all.filter(({ stoppedBy }) => stoppedBy === null);
  return {
    get rows() {
      return isFirst ? 1 : running().reduce((sum, one) => sum + (hasAsideRow(one) ? 2 : 1), 0);
    },
    get text() {
      return all[0]?.stream.text ?? '';
    },
    advance: (logits) => {
      const next: NextRow[] = [];
      let row = 0;
      for (const one of running()) {
        const asideRow = hasAsideRow(one) ? row + 1 : row;
        next.push(...advanceOne(one, logits, { main: row, aside: asideRow }));
        if (!isFirst) row = asideRow + 1; // at first all go on from the prompt's one row
      }
      isFirst = false;
      return { tokens: next.map(({ token }) => token), parents: next.map(({ parent }) => parent) };
    },
    finish: () =>
      all.map(({ stream, draft, stoppedBy }) => {
        stream.finish();
        const ids = draft.ids.filter((id) => !writer.stopIds.includes(id));
        return { text: stream.text.trimEnd(), ids, logProbability: draft.logProbability, stoppedBy: stoppedBy ?? 'cancelled' };
      }),
  };
}

interface NextRow {
  readonly token: number;
  readonly parent: number;
}

function advanceOne(
  one: Running,
  logits: readonly Float32Array[],
  rows: { readonly main: number; readonly aside: number },
): readonly NextRow[] {
  const hadRow = hasAsideRow(one);
  const step = chooseNext(one.spec, one.draft, requireLogits(logits, rows.main));
  if (step.isHeldBack && one.aside !== null) return takeAside(one, one.aside, logits, rows.aside);
  write(one, step);
  const former = one.draft.led.isSettled || one.aside?.odds === null ? null : one.aside;
  const older = former !== null && hadRow ? goOnAside(one.asideSpec, former, requireLogits(logits, rows.aside)) : former;
  const isNew = step.aside !== null && (older === null || (step.aside.odds ?? -Infinity) > (older.odds ?? -Infinity));
  one.aside = isNew ? step.aside : older;
  return nextRows(one, { main: rows.main, aside: isNew ? rows.main : rows.aside });
}

/** Takes the other way: all of it, or as far as it was written. */
function takeAside(one: Running, aside: Aside, logits: readonly Float32Array[], row: number): readonly NextRow[] {
  one.aside = null;
  one.spec = one.asideSpec;
  const isOver = endOf(one.spec, aside.draft) !== null;
  const step: DraftStep = isOver
    ? { draft: aside.draft, isHeldBack: false, aside: null }
    : chooseNext(one.spec, aside.draft, requireLogits(logits, row));
  one.stream = openStream(one.spec.writer, step.draft.ids.slice(0, -1));
  write(one, step);
  one.aside = step.aside;
  return nextRows(one, { main: row, aside: row });
}

function write(one: Running, { draft }: DraftStep): void {
  const { stopIds, options } = one.spec.writer;
  const token = draft.ids.at(-1) ?? -1;
  one.draft = draft;
  if (stopIds.includes(token)) {
    one.stoppedBy = 'end';
    return;
  }
  one.stream.push(token);
  if (one.stream.isStopped) one.stoppedBy = 'stop-string';
  else if (draft.ids.length >= options.maxNewTokens) one.stoppedBy = 'length';
}

function nextRows(one: Running, parents: { readonly main: number; readonly aside: number }): readonly NextRow[] {
  if (one.stoppedBy !== null) return [];
  const main = { token: one.draft.ids.at(-1) ?? -1, parent: parents.main };
  return one.aside !== null && hasAsideRow(one) ? [main, { token: one.aside.draft.ids.at(-1) ?? -1, parent: parents.aside }] : [main];
}

function hasAsideRow({ spec, aside }: Running): boolean {
  return aside !== null && endOf(spec, aside.draft) === null;
}

function openStream({ decode, startIds, options }: WriterSpec, ids: readonly number[] = []): TextStream {
  const stream = makeTextStream({ decode, startIds, stopStrings: options.stopStrings });
  for (const id of ids) stream.push(id);
  return stream;
}

function requireLogits(logits: readonly Float32Array[], row: number): Float32Array {
  const found = logits[row];
  if (!found) throw new StudioError('internal', `internal: no logits for row ${String(row)}`);
  return found;
}
