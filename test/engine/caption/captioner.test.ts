/** @file The captioner on a tiny model: batches, ways of choosing, failures and stops. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeModel } from '../../../src/cli/open-model.ts';
import { defaultDecoding, type DecodingOptions } from '../../../src/core/decode/options.ts';
import { StudioError } from '../../../src/core/error.ts';
import { pictureFromRgb, type Picture } from '../../../src/core/image/picture.ts';
import { makeRandom } from '../../../src/core/tensor/random.ts';
import { captionPictures, type CaptionEvents, type CaptionOutcome, type CaptionRequest } from '../../../src/engine/caption/captioner.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { writeTinyCheckpoint } from '../../cli/tiny-checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'captioner-'));
let model: OpenModel;
beforeAll(async () => {
  writeTinyCheckpoint(folder);
  model = await openNodeModel(folder);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

function noise(seed: number): Picture {
  const random = makeRandom(seed);
  return pictureFromRgb(
    70,
    50,
    Uint8Array.from({ length: 70 * 50 * 3 }, () => random.nextUint32() >>> 24),
  );
}

// Prompts of several lengths, so that the batch is ragged.
const requests: readonly CaptionRequest[] = [1, 2, 3, 4, 5].map((seed) => ({
  id: String(seed),
  system: '',
  prompt: 'what is it? '.repeat(seed),
  load: () => Promise.resolve(noise(seed)),
}));

interface Seen {
  readonly outcomes: ReadonlyMap<string, CaptionOutcome>;
  readonly texts: readonly (readonly [string, string])[];
  readonly failed: readonly (readonly [string, string])[];
}

async function caption(
  list: readonly CaptionRequest[],
  batchSize: number,
  decoding: Partial<DecodingOptions>,
  isCancelled: (seen: Seen) => boolean = () => false,
): Promise<Seen> {
  const outcomes = new Map<string, CaptionOutcome>();
  const texts: [string, string][] = [];
  const failed: [string, string][] = [];
  const seen = { outcomes, texts, failed };
  const events: CaptionEvents = {
    onLooking: () => undefined,
    onText: (id, text) => texts.push([id, text]),
    onDone: (id, outcome) => outcomes.set(id, outcome),
    onFailed: (id, error) => failed.push([id, error.code]),
    isCancelled: () => isCancelled(seen),
  };
  await captionPictures(model, list, { decoding: { ...defaultDecoding, maxNewTokens: 12, ...decoding }, batchSize }, events);
  return seen;
}

function idsOf({ outcomes }: Seen): Readonly<Record<string, readonly (readonly number[])[]>> {
  return Object.fromEntries([...outcomes].map(([id, { captions }]) => [id, captions.map(({ ids }) => ids)]));
}

describe('captionPictures', () => {
  it.each<[string, Partial<DecodingOptions>]>([
    ['greedy', {}],
    ['beams', { beams: 3, captions: 2 }],
    ['draws', { temperature: 1, captions: 3, seed: 9 }],
    ['a start', { startsWith: 'the' }],
    ['forced words', { forcedWords: ['dog', 'a b'], maxNewTokens: 20 }],
    ['forced words by beams', { forcedWords: ['dog'], beams: 3, captions: 2 }],
    ['forced words in draws', { forcedWords: ['dog'], temperature: 1, captions: 2, seed: 9 }],
  ])('writes the same in batches of any size: %s', async (_, decoding) => {
    const alone = idsOf(await caption(requests, 1, decoding));
    expect(Object.keys(alone).toSorted()).toEqual(['1', '2', '3', '4', '5']);
    for (const batchSize of [2, 5]) expect(idsOf(await caption(requests, batchSize, decoding))).toEqual(alone);
    const texts = [...(await caption(requests, 3, decoding)).outcomes.values()].flatMap(({ captions }) => captions.map(({ text }) => text));
    for (const word of decoding.forcedWords ?? []) for (const text of texts) expect(text).toMatch(new RegExp(`\\b${word}\\b`, 'iu'));
    for (const captions of Object.values(alone)) expect(captions).toHaveLength(decoding.captions ?? 1);
  });

  it('tells of text that only grows, token by token', async () => {
    const { texts, outcomes } = await caption(requests.slice(0, 1), 1, {});
    texts.reduce((before, [, text]) => {
      expect(text.startsWith(before)).toBe(true);
      return text;
    }, '');
    expect(texts).toHaveLength((outcomes.get('1')?.captions[0]?.ids.length ?? 0) + (outcomes.get('1')?.captions[0]?.stoppedBy === 'end' ? 1 : 0)); // prettier-ignore
  });

  it('reports a picture that fails by itself and goes on with the others', async () => {
    const broken = (id: string, error: Error): CaptionRequest => ({ id, system: '', prompt: 'hi', load: () => Promise.reject(error) });
    const list = [broken('a', new StudioError('file-missing', 'gone')), ...requests, broken('b', new RangeError('odd'))];
    const { outcomes, failed } = await caption(list, 3, {});
    expect([...outcomes.keys()].toSorted()).toEqual(['1', '2', '3', '4', '5']);
    expect(failed).toEqual([
      ['a', 'file-missing'],
      ['b', 'picture-invalid'],
    ]);
  });

  it('stops within one token, with nothing said of what is not done', async () => {
    const { texts, outcomes } = await caption(requests, 2, { minNewTokens: 12 }, ({ texts: seen }) => seen.length >= 6);
    expect(texts.length).toBeLessThanOrEqual(6 + 2);
    expect(outcomes.size).toBe(0);
  });

  it('writes no more than the context holds, and refuses a prompt that fills it', async () => {
    const { outcomes } = await caption(requests.slice(0, 1), 1, { maxNewTokens: 4000, minNewTokens: 4000 });
    const { exactPrompt = '', captions = [] } = outcomes.get('1') ?? {};
    const promptIds = model.tokenizer.encode(exactPrompt).length + 3; // four rows stand for one token
    expect(captions[0]?.ids.length).toBe(256 - promptIds);
    const long = [{ ...(requests[0] as CaptionRequest), prompt: 'word '.repeat(300) }];
    expect((await caption(long, 1, {})).failed).toEqual([['1', 'prompt-invalid']]);
  });
});
