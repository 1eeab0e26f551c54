/** @file Plans that are gone on with: what was written is trusted as far as it is there, everything else is written again. */
import { describe, expect, it } from 'vitest';
import type { FileSink } from '../../../src/core/codec/byte-sink.ts';
import { memorySource, type ByteSource } from '../../../src/core/codec/byte-source.ts';
import type { TransferPlan } from '../../../src/engine/convert/plan.ts';
import { emptyJournal, runPlan, type Journal } from '../../../src/engine/convert/run-plan.ts';

const source = Uint8Array.from({ length: 60 }, (_, i) => i);
const shardBytes = 20;
const stepBytes = 5;

/** Copies 60 bytes into three shards, four steps each; `read` is told which ranges were read. */
function plan(read: number[]): TransferPlan {
  const file: ByteSource = {
    ...memorySource('source', source),
    slice: (start, end) => {
      read.push(start);
      return Promise.resolve(source.slice(start, end));
    },
  };
  const steps = Array.from({ length: 12 }, (_, i) => {
    const [start, end, shard] = [i * stepBytes, (i + 1) * stepBytes, Math.floor(i / 4)];
    return { source: file, start, end, shard, parts: [{ kind: 'copy' as const, start, end, at: start - shard * shardBytes }] };
  });
  return { shards: [0, 1, 2].map((i) => ({ path: `s${String(i)}`, sizeBytes: shardBytes, sha256: null })), steps, stored: [] };
}

/** A place that keeps what was written, whole or not. */
function lastingPlace(): { readonly sink: FileSink; readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  const sink: FileSink = {
    write: () => Promise.reject(new Error('no small files here')),
    grow: (path, sizeBytes) => {
      const before = files.get(path);
      const bytes = before ?? new Uint8Array(sizeBytes);
      files.set(path, bytes);
      return Promise.resolve({
        isNew: before === undefined,
        write: (part, at) => Promise.resolve(bytes.set(part, at)),
        flush: () => Promise.resolve(memorySource(path, bytes)),
        finish: () => Promise.resolve(),
        abandon: () => Promise.resolve(),
      });
    },
  };
  return { sink, files };
}

/** Runs until so many steps are written down, then dies, and gives the journal of that moment. */
async function brokenOffAfter(steps: number, sink: FileSink): Promise<Journal> {
  let journal: Journal = emptyJournal;
  const onJournal = (now: Journal): Promise<void> => {
    journal = now;
    return now.steps === steps ? Promise.reject(new Error('gone')) : Promise.resolve();
  };
  await expect(runPlan(plan([]), sink, emptyJournal, { onJournal })).rejects.toThrow('gone');
  return journal;
}

const whole = (files: ReadonlyMap<string, Uint8Array>): number[] => ['s0', 's1', 's2'].flatMap((path) => [...(files.get(path) ?? [])]);

describe('a plan that is gone on with', () => {
  it.each([1, 3, 4, 6, 8, 11])('after %i steps reads the others and nothing else', async (steps) => {
    const { sink, files } = lastingPlace();
    const journal = await brokenOffAfter(steps, sink);
    const read: number[] = [];
    const done: number[] = [];
    await runPlan(plan(read), sink, journal, { onProgress: (bytes) => done.push(bytes) });
    expect(read).toEqual(Array.from({ length: 12 - steps }, (_, i) => (steps + i) * stepBytes));
    expect(whole(files)).toEqual([...source]);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  it('writes a shard from its start where its file is gone', async () => {
    const { sink, files } = lastingPlace();
    const journal = await brokenOffAfter(6, sink);
    files.delete('s1');
    const read: number[] = [];
    let last: Journal = journal;
    const shards = await runPlan(plan(read), sink, journal, {
      onJournal: (now) => {
        last = now;
        return Promise.resolve();
      },
    });
    expect(read).toEqual([20, 25, 30, 35, 40, 45, 50, 55]);
    expect(whole(files)).toEqual([...source]);
    expect(last).toEqual({ steps: 12, hashes: shards.map(({ sha256 }) => sha256) });
  });

  it('writes a finished shard again where it is not what it was, and no other', async () => {
    const { sink, files } = lastingPlace();
    const journal = await brokenOffAfter(9, sink);
    files.get('s1')?.fill(9);
    const read: number[] = [];
    const asked: string[] = [];
    const isStillWhole = ({ path }: { readonly path: string }): Promise<boolean> => {
      asked.push(path);
      return Promise.resolve(path !== 's1');
    };
    const shards = await runPlan(plan(read), sink, journal, { isStillWhole });
    expect(asked).toEqual(['s0', 's1']);
    expect(read).toEqual([20, 25, 30, 35, 45, 50, 55]);
    expect(whole(files)).toEqual([...source]);
    expect(shards.map(({ path }) => path)).toEqual(['s0', 's1', 's2']);
  });

  it('refuses a finished shard that its source no longer gives', async () => {
    const { sink } = lastingPlace();
    const journal = await brokenOffAfter(5, sink);
    const lying: Journal = { ...journal, hashes: ['0'.repeat(64)] };
    const run = runPlan(plan([]), sink, lying, { isStillWhole: () => Promise.resolve(false) });
    await expect(run).rejects.toMatchObject({ code: 'integrity', details: { file: 's0' } });
  });
});
