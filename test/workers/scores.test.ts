/** @file The scoring thread: the same numbers as the engine gives without a thread, METEOR and CHAIR with the shipped data, and a way to stop. */
import { describe, expect, it } from 'vitest';
import { startScores } from '../../src/app/scores.ts';
import { metricOffers } from '../../src/app/state/evaluate/metric-words.ts';
import { evaluateCaptions } from '../../src/engine/evaluate/evaluate.ts';
import type { CaptionExplanation } from '../../workers/scores-api.ts';
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
const request = { systems, references, objects: null, frequencies: null, draws: 50, seed: 1, baselineId: 'b' };
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
  const readFile = (name: string, file: Blob): ReturnType<typeof scores.readFile> =>
    scores.readFile({ name, file }, never, () => undefined);

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
      frequencies: null,
      captions,
      metrics,
    });
    const meteor = set?.systems[0]?.rows.find(({ name }) => name === 'METEOR')?.pictures ?? [];
    expect(explained.map(({ alignment }) => alignment?.score)).toEqual(Array.from(meteor));
    const cider = set?.systems[0]?.rows.find(({ name }) => name === 'CIDEr')?.pictures ?? [];
    explained.forEach(({ ngrams }, i) => expect(ngrams.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(cider[i] ?? -1, 9));
    expect(explained.every(({ objects }) => objects !== null)).toBe(true);
  });

  it('explains alike when it is asked again, when others were asked meanwhile, and after a question that fails', async () => {
    const ask = (setKey: string, count: number, first = 0): Promise<readonly CaptionExplanation[]> =>
      scores.explain({
        setKey,
        files: rows.slice(0, count).map(({ id }) => `${id}.jpg`),
        references: references[0]?.records ?? [],
        ...{ objects: null, frequencies: null, metrics: [] },
        captions: [{ file: `${rows[first]?.id ?? ''}.jpg`, text: rows[first]?.hyp ?? '' }],
      });
    const [all, few, again] = await Promise.all([ask('all', 30), ask('few', 5), ask('all', 30)]);
    expect(again).toEqual(all);
    expect(few).not.toEqual(all);
    await expect(ask('few', 5, 20)).rejects.toMatchObject({ code: 'argument-invalid' });
    expect(await ask('few', 5)).toEqual(few);
    expect(await ask('few', 5)).toEqual(few);
  });

  it('tells how far a file is read, and gives up the one that nobody wants any more', async () => {
    const large = new Blob([JSON.stringify({ 'a.jpg': 'a cat' }), ' '.repeat(10e6)]);
    const shares: number[] = [];
    const read = await scores.readFile({ name: 'large.json', file: large }, never, (share) => shares.push(share));
    expect(read).toMatchObject({ records: [{ file: 'a.jpg' }] });
    expect(shares[0]).toBeGreaterThan(0);
    const stop = new AbortController();
    const given = scores.readFile({ name: 'large.json', file: large }, stop.signal, () => stop.abort());
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readFile('a.json', new Blob(['{"a.jpg": "a cat"}']))).toMatchObject({ kind: 'captions' });
  });

  it('keeps document frequencies, and scores and explains one picture by them as among all', async () => {
    const all = references[0]?.records ?? [];
    const files = rows.map(({ id }) => id);
    const table = await scores.countFrequencies({ files, references: all });
    expect(table).toMatchObject({ format: 'caption-studio-df-1', pictureCount: 30 });
    const read = await readFile('df.json', new Blob([JSON.stringify(table)]));
    expect(read).toMatchObject({ kind: 'frequencies', table });
    const cider = { ...request, metrics: ['CIDEr'] as const, draws: 0 };
    const among = (await scores.evaluate(cider, never, () => undefined)).sets[0]?.systems[0]?.rows[0]?.pictures?.[0] ?? 0;
    const one = { ...cider, systems: systems.map((system) => ({ ...system, records: system.records.slice(0, 1) })) };
    const valueOf = async (frequencies: typeof table | null): Promise<number | null | undefined> =>
      (await scores.evaluate({ ...one, frequencies }, never, () => undefined)).sets[0]?.systems[0]?.rows[0]?.value;
    expect(await valueOf(null)).toBe(0);
    expect(among).toBeGreaterThan(0);
    expect(await valueOf(table)).toBeCloseTo(among, 12);
    const captions = [{ file: files[0] ?? '', text: rows[0]?.hyp ?? '' }];
    const question = { setKey: 'r one', files: files.slice(0, 1), references: all, objects: null, captions, metrics: [] };
    const [explained] = await scores.explain({ ...question, frequencies: table });
    expect(explained?.ngrams.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(among, 9);
  });

  it('reads what is not UTF-8, and says how sure its letters are', async () => {
    const text = 'file,caption\na.jpg,un café\n';
    const latin = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const utf16 = new Uint8Array(2 + 2 * text.length);
    const view = new DataView(utf16.buffer);
    for (const [i, unit] of [0xfeff, ...Array.from(text, (letter) => letter.charCodeAt(0))].entries()) view.setUint16(2 * i, unit, true);
    const records = [{ file: 'a.jpg', captions: ['un café'] }];
    const read = (bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof scores.readFile> => readFile('a.csv', new Blob([bytes]));
    expect(await read(latin)).toMatchObject({ letters: 'guessed', records });
    expect(await read(utf16)).toMatchObject({ letters: 'whole', records });
    expect(await read(new TextEncoder().encode(text.replace('é', '\uFFFD')))).toMatchObject({ letters: 'broken' });
  });

  it('stops when it is asked to, and works on afterwards', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 80 }, (_, copy) => rows.map((row) => ({ ...row, id: `${String(copy)}-${row.id}` }))).flat();
    const large = {
      ...request,
      systems: [{ id: 'a', name: 'A', records: many.map(({ id, hyp }) => ({ file: id, captions: [hyp] })) }],
      references: [{ id: 'r', name: 'R', records: many.map(({ id, refs }) => ({ file: id, captions: refs })) }],
      metrics: ['BLEU', 'CIDEr', 'style'] as const,
      draws: 1_000_000, // hours, if nobody stopped it
    };
    const run = scores.evaluate(large, stop.signal, () => stop.abort());
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    const { sets } = await scores.evaluate({ ...request, metrics: ['BLEU'] }, never, () => undefined);
    expect(sets[0]?.files).toHaveLength(30);
  });

  it('reads files with their hash, and names the line of a broken one', async () => {
    const read = await readFile('a.json', new Blob(['{"a.jpg": ["one", "two"]}']));
    expect(read).toMatchObject({ kind: 'captions', format: 'captions-by-file', records: [{ file: 'a.jpg', captions: ['one', 'two'] }] });
    expect(read.sha256).toMatch(/^[0-9a-f]{64}$/);
    const objects =
      '{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[{"image_id":1,"category_id":2}],"categories":[{"id":2,"name":"cat"}]}';
    const annotated = await readFile('i.json', new Blob([objects]));
    expect(annotated).toMatchObject({ kind: 'objects', records: [{ file: 'a.jpg', objects: ['cat'] }] });
    const broken = readFile('b.jsonl', new Blob(['{"file":"a","caption":"b"}\n{"file":']));
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
