/** @file Models from a hub, interrupted in every way: what arrives is what a conversion on this machine gives, and nothing is fetched twice. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import type { FileSink } from '../../../src/core/codec/byte-sink.ts';
import type { FileSet } from '../../../src/core/codec/byte-source.ts';
import { StudioError } from '../../../src/core/error.ts';
import { openBundle } from '../../../src/engine/bundle/bundle.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { findDamage } from '../../../src/engine/bundle/verify.ts';
import { convertCheckpoint } from '../../../src/engine/convert/convert.ts';
import { emptyJournal, type Journal } from '../../../src/engine/convert/run-plan.ts';
import { openHub } from '../../../src/engine/load/hub.ts';
import { beginLoad, continueLoad, mendFiles, type LoadEvents, type SavedWork } from '../../../src/engine/load/load.ts';
import { openRemote } from '../../../src/engine/load/open-remote.ts';
import { remoteFiles, type RemoteFiles } from '../../../src/engine/load/remote-files.ts';
import type { FileState } from '../../../src/engine/load/remote-source.ts';
import { openSource } from '../../../src/engine/load/survey.ts';
import { hubCommit, hubId, startHub, type HubHost } from '../../helpers/hub-host.ts';
import { countingHttp, type CountingHttp } from '../../helpers/node-http.ts';

const checkpoint = join(import.meta.dirname, '../../fixtures/reference/llava15-bf16-sharded/checkpoint');
const facts = {
  name: 'tiny',
  source: `${hubId}@main`,
  licence: 'test',
  form: 'q4',
  limits: { shardBytes: 40_000, stepBytes: 4096 },
} as const;
let hub: HubHost;
let http: CountingHttp;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'studio-load-'));
  cpSync(checkpoint, folder, { recursive: true });
  hub = await startHub({ folder });
  http = countingHttp();
});

afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

async function openOnHub(): Promise<RemoteFiles> {
  const model = await openHub(http, { host: hub.url, id: hubId, revision: 'main' }, null);
  return remoteFiles(http, model.folder);
}

/** What the same checkpoint becomes without any network. */
async function convertHere(): Promise<Map<string, Uint8Array>> {
  const here = memoryFiles('here');
  const files = folderFiles(checkpoint);
  const work = await beginLoad(await openSource(files), here.sink, facts);
  await continueLoad(files, work, here.sink, { journal: emptyJournal, events: {} });
  return contents(here.files);
}

async function contents(files: FileSet): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for (const path of await files.list()) {
    const file = await files.open(path);
    if (file) all.set(path, await file.slice(0, file.byteLength));
  }
  return all;
}

/** Every byte of weights that was asked for came exactly once. */
function expectNothingTwice(): void {
  const weights = [...http.arrivals].filter(([address]) => address.endsWith('.safetensors'));
  expect(weights).toHaveLength(3);
  for (const [address, seen] of weights) {
    const twice = [...seen].filter(([, count]) => count > 1).map(([at]) => at);
    expect([address, twice]).toEqual([address, []]);
  }
}

/** A place that goes on where it was left, as the browser's private files do. */
function lastingSink(): ReturnType<typeof memoryFiles> {
  const memory = memoryFiles('kept');
  const growing = new Map<string, Awaited<ReturnType<typeof memory.sink.grow>>>();
  return {
    files: memory.files,
    sink: {
      ...memory.sink,
      grow: async (path, sizeBytes) => {
        const file = growing.get(path) ?? (await memory.sink.grow(path, sizeBytes));
        growing.set(path, { ...file, isNew: false });
        return file;
      },
    },
  };
}

describe('a load from a hub', () => {
  it('gives the bytes that a conversion on this machine gives', async () => {
    const files = await openOnHub();
    const kept = memoryFiles('kept');
    const events: number[] = [];
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: { onProgress: (done) => events.push(done) } });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expect(await findDamage(await openBundle(kept.files))).toEqual([]);
    expect(events).toEqual(events.toSorted((a, b) => a - b));
    expectNothingTwice();
    expect(hub.log.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('takes a broken connection up at the byte where it broke', async () => {
    const files = await openOnHub();
    const opened = await openSource(files);
    hub.behaviour.breakAfterBytes = 1500;
    const kept = memoryFiles('kept');
    const work = await beginLoad(opened, kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expectNothingTwice();
    expect(http.waits.length).toBeGreaterThan(10);
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
        const first = await openOnHub();
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
    expectNothingTwice();
  });

  it('goes on behind the last whole part when the disk was full and has room again', async () => {
    const files = await openOnHub();
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
    const files = await openOnHub();
    const opened = await openSource(files);
    hub.behaviour.refuse = [429, 503, 503];
    const kept = memoryFiles('kept');
    await continueLoad(files, await beginLoad(opened, kept.sink, facts), kept.sink, { journal: emptyJournal, events: {} });
    expect(http.waits).toEqual(expect.arrayContaining([1000]));
    expectNothingTwice();
  });

  it('notices a file that changed on the way', async () => {
    const files = await openOnHub();
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    hub.behaviour.release = 'second';
    await expect(continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} })).rejects.toMatchObject({
      code: 'source-changed',
      message: expect.stringContaining('changed since it was begun') as string,
    });
  });

  it.each([
    [401, 'permission', /accept its terms/],
    [403, 'permission', /private or gated/],
    [404, 'file-missing', /model-00001/],
    [416, 'source-changed', /changed/],
    [500, 'network', /answered 500/],
  ])('tells %i in words', async (status, code, message) => {
    hub.behaviour.refuse = Array.from({ length: 20 }, () => status);
    const error: unknown = await openOnHub()
      .then(openSource)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('refuses a server without ranges and says what to do', async () => {
    hub.behaviour.ignoresRanges = true;
    await expect(openOnHub().then(openSource)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('choose that one') as string,
    });
  });

  it('sends the token to a gated model, and tells who has none', async () => {
    hub.behaviour.token = 'hf_secret';
    await expect(openOnHub()).rejects.toMatchObject({ code: 'permission' });
    const model = await openHub(http, { host: hub.url, id: hubId, revision: 'main' }, 'hf_secret');
    expect(model.commit).toBe(hubCommit);
    await openSource(remoteFiles(http, model.folder));
    expect(hub.log.at(-1)?.authorization).toBe('Bearer hf_secret');
  });

  it('never hands the token to what it writes down', async () => {
    hub.behaviour.token = 'hf_secret';
    const model = await openHub(http, { host: hub.url, id: hubId, revision: 'main' }, 'hf_secret');
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(remoteFiles(http, model.folder)), kept.sink, facts);
    expect(JSON.stringify(work)).not.toContain('hf_secret');
  });
});

describe('a load from an address', () => {
  it('takes a checkpoint that no list tells of', async () => {
    const files = await openRemote(http, { name: 'here', address: `${hub.url}/plain/`, headers: {}, listing: null });
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    await continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} });
    expect(await contents(kept.files)).toEqual(await convertHere());
    expectNothingTwice();
  });

  it('copies a bundle, refuses a wrong shard by name, and mends it when asked', async () => {
    rmSync(folder, { recursive: true });
    for (const [path, bytes] of await convertHere()) writeInto(folder, path, bytes);
    const files = await openRemote(http, { name: 'here', address: `${hub.url}/plain/`, headers: {}, listing: null });
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

    writeInto(folder, path, new Uint8Array(manifest.shards[1]?.sizeBytes ?? 0));
    await expect(mendFiles(files, work, kept.sink, { manifest, paths: [path], events: {} })).rejects.toMatchObject({
      code: 'integrity',
      message: expect.stringContaining(path) as string,
    });
  });
});

describe('a survey', () => {
  it('says what each precision takes, as the load then does', async () => {
    const { survey } = await openSource(folderFiles(checkpoint));
    expect(survey.choices.map(({ form }) => form)).toEqual(['fp32', 'fp16', 'q8', 'q4']);
    for (const { form, storedBytes } of survey.choices) {
      const memory = memoryFiles('x');
      const precision = form === 'as-is' ? 'fp32' : form;
      const manifest = await convertCheckpoint(folderFiles(checkpoint), memory.sink, { precision, name: 'x', source: 'x', licence: 'x' });
      expect(manifest.shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(storedBytes);
    }
  });

  it('says how many tokens a picture takes, which with tiles depends on its shape', async () => {
    const surveyed = async (family: string): Promise<object> =>
      (await openSource(folderFiles(join(checkpoint, '../..', family, 'checkpoint')))).survey.imageTokens;
    expect(await surveyed('llava15-vicuna')).toEqual({ least: 16, most: 16 });
    const { least, most } = (await surveyed('llava16-vicuna')) as { readonly least: number; readonly most: number };
    expect(most).toBeGreaterThan(least);
  });

  it('refuses pickles and says what to do instead', async () => {
    for (const name of readdirSync(folder)) if (name.includes('safetensors')) rmSync(join(folder, name));
    writeFileSync(join(folder, 'pytorch_model.bin'), 'no weights');
    await expect(openSource(folderFiles(folder))).rejects.toMatchObject({
      code: 'file-invalid',
      message: expect.stringMatching(/pickle \(pytorch_model\.bin\).*save_pretrained/) as string,
    });
  });
});

/** The files of the hub as a later visit finds them: nothing is asked that was told before. */
function returning(known: ReadonlyMap<string, FileState>): FileSet {
  const address = `${hub.url}/${hubId}/resolve/${hubCommit}/`;
  return remoteFiles(http, { name: hubId, address, headers: {}, listing: null, known });
}

function writeInto(place: string, path: string, bytes: Uint8Array): void {
  cpSync(checkpoint, place, { recursive: true, filter: (source) => source === checkpoint });
  writeFileSync(join(place, path), bytes);
}
