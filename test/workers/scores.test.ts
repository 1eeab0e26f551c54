/** @file The scoring thread: the same numbers as the engine gives without a thread, METEOR and CHAIR with the shipped data, and a way to stop. */
import { describe, expect, it } from 'vitest';
import { startScores } from '../../src/app/scores.ts';
import { metricOffers } from '../../src/app/state/metric-words.ts';
import { evaluateCaptions } from '../../src/engine/evaluate/evaluate.ts';
import { openMetricShelf, type FetchedBytes } from '../../workers/metric-data.ts';
import rowsText from '../fixtures/metrics/fakecap-100.jsonl?raw';

const rows = rowsText
  .trim()
  .split('\n')
  .slice(0, 30)
  .map((line) => JSON.parse(line) as { id: string; hyp: string; refs: string[] });
const systems = [
  { id: 'a', name: 'A', records: rows.map(({ id, hyp }) => ({ file: id, captions: [hyp] })) },
  { id: 'b', name: 'B', records: rows.map(({ id, refs }) => ({ file: id, captions: [refs[0] ?? ''] })) },
];
const references = [{ id: 'r', name: 'R', records: rows.map(({ id, refs }) => ({ file: `${id}.jpg`, captions: refs })) }];
const request = { systems, references, objects: null, draws: 50, seed: 1, baselineId: 'b' };
const metrics = ['BLEU', 'METEOR', 'ROUGE_L', 'CIDEr', 'SPICE', 'CHAIR', 'style'] as const;
const shelfUrl = new URL('/metrics/', location.href).href;

/** The page's data lies under its base; the test's page has another. */
function withPageBase<T>(start: () => T): T {
  const base = document.createElement('base');
  base.href = '/';
  document.head.append(base);
  try {
    return start();
  } finally {
    base.remove();
  }
}

describe('the scoring thread', () => {
  const scores = withPageBase(startScores);
  const never = new AbortController().signal;

  it('gives the numbers, intervals and p-values of the engine, METEOR and CHAIR among them', async () => {
    const shares: number[] = [];
    const fetched: number[] = [];
    const { sets } = await scores.evaluate({ ...request, metrics }, never, ({ share, bytes }) => {
      if (bytes === undefined) shares.push(share);
      else fetched.push(bytes.done);
    });
    const data = await openMetricShelf(shelfUrl).load(metrics);
    const [a, b] = systems.map(({ records }) => records);
    const alone = await evaluateCaptions(
      { captions: a ?? [], references: references[0]?.records ?? [], baseline: b ?? [] },
      { metrics, draws: 50, seed: 1, ...data },
    );
    const scored = sets[0]?.systems[0]?.rows ?? [];
    expect(scored.map(({ name, value, low, high, p }) => [name, value, low, high, p])).toEqual(
      alone.system.rows.map(({ name, value, low, high }) => [name, value, low, high, alone.pValues.get(name) ?? null]),
    );
    expect(scored.find(({ name }) => name === 'METEOR')?.value).toBeGreaterThan(0.05);
    expect(scored.find(({ name }) => name === 'SPICE')?.reason).toMatch(/not computed/);
    for (const steps of [shares, fetched]) expect(steps).toEqual(steps.toSorted((x, y) => x - y));
    expect(fetched[0]).toBe(0);
  });

  it('stops while data is fetched, and fetches it whole the next time', async () => {
    const shelf = openMetricShelf(shelfUrl);
    const stop = new AbortController();
    const stopped = shelf.load(['METEOR'], { stop: stop.signal, onBytes: ({ done }) => done > 0 && stop.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    const bytes: FetchedBytes[] = [];
    expect((await shelf.load(['METEOR'], { onBytes: (now) => bytes.push(now) })).meteor).toBeDefined();
    expect(bytes.at(-1)?.done).toBeGreaterThan(1_000_000);
  });

  it('explains a caption: its n-grams, METEOR’s alignment and score, CHAIR’s objects', async () => {
    const { sets } = await scores.evaluate({ ...request, metrics, draws: 0 }, never, () => undefined);
    const set = sets[0];
    const captions = (set?.files ?? []).map((file, i) => ({ file, text: set?.systems[0]?.captions[i] ?? '' }));
    const explained = await scores.explain({
      setKey: 'r 1',
      files: set?.files ?? [],
      references: references[0]?.records ?? [],
      objects: null,
      captions,
      metrics,
    });
    const meteor = set?.systems[0]?.rows.find(({ name }) => name === 'METEOR')?.pictures ?? [];
    expect(explained.map(({ alignment }) => alignment?.score)).toEqual(meteor);
    const cider = set?.systems[0]?.rows.find(({ name }) => name === 'CIDEr')?.pictures ?? [];
    explained.forEach(({ ngrams }, i) => expect(ngrams.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(cider[i] ?? -1, 9));
    expect(explained.every(({ objects }) => objects !== null)).toBe(true);
  });

  it('stops when it is asked to, and works on afterwards', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 80 }, (_, copy) => rows.map((row) => ({ ...row, id: `${String(copy)}-${row.id}` }))).flat();
    const large = {
      ...request,
      systems: [{ id: 'a', name: 'A', records: many.map(({ id, hyp }) => ({ file: id, captions: [hyp] })) }],
      references: [{ id: 'r', name: 'R', records: many.map(({ id, refs }) => ({ file: id, captions: refs })) }],
      metrics: ['BLEU', 'CIDEr', 'style'] as const,
    };
    const run = scores.evaluate(large, stop.signal, () => stop.abort());
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    const { sets } = await scores.evaluate({ ...request, metrics: ['BLEU'] }, never, () => undefined);
    expect(sets[0]?.files).toHaveLength(30);
  });

  it('reads files with their hash, and names the line of a broken one', async () => {
    const read = await scores.readFile({ name: 'a.json', file: new Blob(['{"a.jpg": ["one", "two"]}']) });
    expect(read).toMatchObject({ kind: 'captions', format: 'captions-by-file', records: [{ file: 'a.jpg', captions: ['one', 'two'] }] });
    expect(read.sha256).toMatch(/^[0-9a-f]{64}$/);
    const objects =
      '{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"image_id":1,"category_id":2}],"categories":[{"id":2,"name":"cat"}]}';
    const annotated = await scores.readFile({ name: 'i.json', file: new Blob([objects]) });
    expect(annotated).toMatchObject({ kind: 'objects', records: [{ file: 'a.jpg', objects: ['cat'] }] });
    const broken = scores.readFile({ name: 'b.jsonl', file: new Blob(['{"file":"a","caption":"b"}\n{"file":']) });
    await expect(broken).rejects.toMatchObject({ code: 'file-invalid', message: expect.stringContaining('line 2') as string });
  });
});

describe('the sizes that are shown before data is fetched', () => {
  it('are those of the files', async () => {
    const files = {
      METEOR: ['meteor/lexicon.dat', 'meteor/paraphrases.dat'],
      CHAIR: ['chair/synonyms.txt', 'chair/singularize-rules.json'],
    };
    for (const [choice, names] of Object.entries(files)) {
      const sizes = await Promise.all(names.map(async (name) => (await (await fetch(`${shelfUrl}${name}`)).arrayBuffer()).byteLength));
      expect(metricOffers.find((offer) => offer.choice === choice)?.dataBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    }
  });
});
