/** @file Times what a click on a style costs in the page: from the call to the engine's thread until a caption could begin. */

import { openStudio, startThreads } from '../../src/app/studio.ts';
import { writeAdapter } from '../../src/engine/adapter/write-adapter.ts';
import { zipFiles } from '../../src/engine/adapter/zip.ts';
import type { OpenModel } from '../../src/engine/model.ts';
import type { Backend } from '../../workers/api.ts';
import { kinds } from './time-swaps.ts';

const repeats = 5;

/**
 * Times styles that are read before a model is open, so that nothing of them is laid out: the first of its kind, others of the kind, and
 * these once more, as they are when they were laid out while the page had nothing to do.
 *
 * @param model only for the sizes of adapters
 */
export async function timeClicks(backend: Backend, model: OpenModel): Promise<string> {
  const studio = openStudio(startThreads());
  const ids = new Map<string, readonly string[]>();
  for (const [kind, make] of Object.entries(kinds)) {
    const ofKind: string[] = [];
    for (let seed = 0; seed <= repeats; seed++) {
      const files = writeAdapter({ ...make(model, seed), name: kind }, { layout: 'hf5', sizes: model.model.decoder });
      const file = new Blob((await zipFiles(files)).map((piece) => new Uint8Array(piece)));
      ofKind.push((await studio.loadAdapter({ kind: 'zip', name: kind, file })).id);
    }
    ids.set(kind, ofKind);
  }
  await studio.openModel({ source: { kind: 'embedded' }, backend }, () => undefined);
  const click = async (id: string): Promise<number> => {
    const startMs = performance.now();
    await studio.prepareAdapter(id);
    return performance.now() - startMs;
  };
  const rows: string[] = [];
  for (const [kind, [first = '', ...others]] of ids) {
    const firstMs = await click(first);
    const otherMs: number[] = [];
    for (const id of others) otherMs.push(await click(id));
    const backMs: number[] = [];
    for (const id of others) backMs.push(await click(id));
    rows.push(`| page, ${backend} | ${kind} | ${[firstMs, median(otherMs), median(backMs)].map((ms) => ms.toFixed(1)).join(' | ')} |`);
  }
  await studio.closeModel();
  return ['| in | click on | first of its kind | another, never worn | laid out before |', '|---|---|---|---|---|', ...rows].join('\n');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
