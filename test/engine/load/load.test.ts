/** @file Models from a hub, interrupted in every way: what arrives is what a conversion on this machine gives, and nothing is fetched twice. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileSink } from '../../../src/core/codec/byte-sink.ts';
import type { FileSet } from '../../../src/core/codec/byte-source.ts';
import { StudioError } from '../../../src/core/error.ts';
import { openBundle } from '../../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { findDamage } from '../../../src/engine/bundle/verify.ts';
import { emptyJournal, type Journal } from '../../../src/engine/convert/run-plan.ts';
import { beginLoad, continueLoad, mendFiles, type LoadEvents, type SavedWork } from '../../../src/engine/load/load.ts';
import { openRemote } from '../../../src/engine/load/open-remote.ts';
import { remoteFiles } from '../../../src/engine/load/remote-files.ts';
import type { FileState } from '../../../src/engine/load/remote-source.ts';
import { openSource } from '../../../src/engine/load/survey.ts';
import { hubCommit, hubId } from '../../helpers/hub-host.ts';

import { checkpoint, contents, convertHere, expectNothingTwice, facts, lastingSink, openOnHub, useLoadStage } from './load-stage.ts';

const stage = useLoadStage();

describe('a load from a hub', () => {
  it('gives the bytes that a conversion on this machine gives', async () => {
    const files = await openOnHub(stage);
    const kept = memoryFiles('kept');
    const events: number[] = [];
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: { onProgress: (done) => events.push(done) } });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expect(await findDamage(await openBundle(kept.files))).toEqual([]);
    expect(events).toEqual(events.toSorted((a, b) => a - b));
    expectNothingTwice(stage);
    expect(stage.hub.log.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('takes a broken connection up at the byte where it broke', async () => {
    const files = await openOnHub(stage);
    const opened = await openSource(files);
    stage.hub.behaviour.breakAfterBytes = 1500;
    const kept = memoryFiles('kept');
    const work = await beginLoad(opened, kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expectNothingTwice(stage);
    expect(stage.http.waits.length).toBeGreaterThan(10);
  });

  it('goes on after being stopped anywhere, by what was written down alone', async () => {
    const kept = lastingSink();
    let work: SavedWork | undefined;
    let journal: Journal = emptyJournal;
    let states: ReadonlyMap<string, FileState> = new Map();
    let rounds = 0;
    for (let isWhole = false; !isWhole; rounds++) {
      // Each round is a new visit: nothing of the last one is there but the files, the work and the journal.
      let files: FileSet = returning(states);
      if (work === undefined) {
        const first = await openOnHub(stage);
        work = await beginLoad(await openSource(first), kept.sink, facts);
        states = first.states();
        files = first;
      }
      let stepsLeft = 3 + (rounds % 4);
      const events: LoadEvents = {
        onJournal: (now) => {
          journal = structuredClone(now);
          stepsLeft -= 1;
          return Promise.resolve();
        },
        isStopped: () => stepsLeft <= 0,
      };
      isWhole = await continueLoad(files, structuredClone(work), kept.sink, { journal, events }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof StudioError) || error.code !== 'cancelled') throw error;
          return false;
        },
      );
    }
    expect(rounds).toBeGreaterThan(5);
    expect(await contents(kept.files)).toEqual(await convertHere());
    expectNothingTwice(stage);
  });

  it('goes on behind the last whole part when the disk was full and has room again', async () => {
    const files = await openOnHub(stage);
    const kept = lastingSink();
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    let room = 30_000;
    const small: FileSink = {
      ...kept.sink,
      grow: async (path, sizeBytes) => {
        const file = await kept.sink.grow(path, sizeBytes);
        return {
          ...file,
          write: (bytes, at) => {
            room -= bytes.byteLength;
            return room < 0 ? Promise.reject(new StudioError('storage-full', 'no room')) : file.write(bytes, at);
          },
        };
      },
    };
    let journal: Journal = emptyJournal;
    const onJournal = (now: Journal): Promise<void> => {
      journal = now;
      return Promise.resolve();
    };
    await expect(continueLoad(files, work, small, { journal, events: { onJournal } })).rejects.toMatchObject({ code: 'storage-full' });
    expect(journal.steps).toBeGreaterThan(2);
    await continueLoad(files, work, kept.sink, { journal, events: { onJournal } });
    expect(await contents(kept.files)).toEqual(await convertHere());
  });

  it('waits and tries again after 429 and 503', async () => {
    const files = await openOnHub(stage);
    const opened = await openSource(files);
    stage.hub.behaviour.refuse = [429, 503, 503];
    const kept = memoryFiles('kept');
    await continueLoad(files, await beginLoad(opened, kept.sink, facts), kept.sink, { journal: emptyJournal, events: {} });
    expect(stage.http.waits).toEqual(expect.arrayContaining([1000]));
    expectNothingTwice(stage);
  });
});

describe('a load from an address', () => {
  it('takes a checkpoint that no list tells of', async () => {
    const files = await openRemote(stage.http, { name: 'here', address: `${stage.hub.url}/plain/`, headers: {}, listing: null });
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expectNothingTwice(stage);
  });

  it('copies a bundle, refuses a wrong shard by name, and mends it when asked', async () => {
    rmSync(stage.folder, { recursive: true });
    for (const [path, bytes] of await convertHere()) writeInto(stage.folder, path, bytes);
    const files = await openRemote(stage.http, { name: 'here', address: `${stage.hub.url}/plain/`, headers: {}, listing: null });
    const opened = await openSource(files);
    expect(opened.survey).toMatchObject({ kind: 'bundle', family: 'llava', choices: [{ form: 'as-is' }] });
    const kept = lastingSink();
    const work = await beginLoad(opened, kept.sink, { ...facts, form: 'as-is' });
    const manifest = await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} });
    expect(await contents(kept.files)).toEqual(await convertHere());

    const path = 'weights-001.bin';
    const damaged = await kept.sink.grow(path, 0);
    await damaged.write(Uint8Array.of(1, 2, 3), 64);
    const [error] = await findDamage(await openBundle(kept.files));
    expect(error).toMatchObject({ code: 'integrity', details: { file: path } });
    await mendFiles(files, work, kept.sink, { manifest, paths: [path], events: {} });
    expect(await findDamage(await openBundle(kept.files))).toEqual([]);

    writeInto(stage.folder, path, new Uint8Array(manifest.shards[1]?.sizeBytes ?? 0));
    await expect(mendFiles(files, work, kept.sink, { manifest, paths: [path], events: {} })).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(path) as string,
    });
  });
});

/** The files of the hub as a later visit finds them: nothing is asked that was told before. */
function returning(known: ReadonlyMap<string, FileState>): FileSet {
  const address = `${stage.hub.url}/${hubId}/resolve/${hubCommit}/`;
  return remoteFiles(stage.http, { name: hubId, address, headers: {}, listing: null, known });
}

function writeInto(place: string, path: string, bytes: Uint8Array): void {
  cpSync(checkpoint, place, { recursive: true, filter: (source) => source === checkpoint });
  writeFileSync(join(place, path), bytes);
}
