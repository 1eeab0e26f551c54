/** @file Writes the captions of a batch of pictures side by side, dropping each row from the batch when it has ended. */

import type { DecoderState } from './decoder-cache.ts';
import type { SequenceEntry } from './decoder-step.ts';
import type { Decoder } from './decoder.ts';
import type { Writer } from './writer.ts';
import type { DeviceTensor } from '../runtime.ts';

/** One picture of a batch. */
export interface BatchMember {
  readonly sequence: readonly SequenceEntry[];
  readonly writer: Writer;
}

/** What happens while a batch is written. */
export interface WritingEvents {
  /** A member's text has grown. */
  readonly onText: (member: number, text: string) => void;
  /** A member has ended. */
  readonly onEnd: (member: number, times: WritingTimes) => void;
  readonly isCancelled: () => boolean;
}

/** A member's share of the time: each step's, divided by the pictures that ran in it. @unit ms */
export interface WritingTimes {
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** Runs a batch until all its members have ended or someone cancels; members that have not ended by then get no `onEnd`. */
export async function writeCaptions(
  decoder: Decoder,
  members: readonly BatchMember[],
  rows: DeviceTensor,
  events: WritingEvents,
): Promise<void> {
  const startMs = performance.now();
  const { logits, state } = await decoder.prefill(
    members.map((member) => member.sequence),
    rows,
  );
  const prefillMs = (performance.now() - startMs) / members.length;
  const decodeMs = members.map(() => 0);
  const end = (member: number): void => {
    events.onEnd(member, { prefillMs, decodeMs: decodeMs[member] ?? 0 });
  };
  let current: { logits: readonly Float32Array[]; state: DecoderState } = { logits, state };
  let live = members.map((_, i) => i);
  while (live.length > 0 && !events.isCancelled()) {
    const stepMs = performance.now();
    const next = advanceAll(members, live, current.logits);
    for (const member of live) events.onText(member, members[member]?.writer.text ?? '');
    const ended = live.filter((member) => members[member]?.writer.rows === 0);
    live = live.filter((member) => !ended.includes(member));
    if (live.length > 0) current = await goOn(decoder, current.state, next);
    const share = (performance.now() - stepMs) / (live.length + ended.length);
    for (const member of [...live, ...ended]) decodeMs[member] = (decodeMs[member] ?? 0) + share;
    ended.forEach(end);
  }
  decoder.drop(current.state);
}

/** The next token of every running row of the batch, and the rows of the cache that they go on from. */
interface BatchStep {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
  readonly rowCount: number;
}

function advanceAll(members: readonly BatchMember[], live: readonly number[], logits: readonly Float32Array[]): BatchStep {
  const tokens: number[] = [];
  const parents: number[] = [];
  let first = 0;
  for (const member of live) {
    const writer = members[member]?.writer;
    if (!writer) continue;
    const rowCount = writer.rows;
    const next = writer.advance(logits.slice(first, first + rowCount));
    tokens.push(...next.tokens);
    parents.push(...next.parents.map((parent) => first + parent));
    first += rowCount;
  }
  return { tokens, parents, rowCount: first };
}

async function goOn(
  decoder: Decoder,
  state: DecoderState,
  step: BatchStep,
): Promise<{ logits: readonly Float32Array[]; state: DecoderState }> {
  const isSame = step.parents.length === step.rowCount && step.parents.every((parent, row) => parent === row);
  const kept = isSame ? state : await decoder.reorder(state, step.parents);
  return decoder.advance(kept, step.tokens);
}
