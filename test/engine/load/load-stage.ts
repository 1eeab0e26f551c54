/** @file Loads from a hub on this machine: a checkpoint in shards, a host that counts and misbehaves on demand, and places that keep what was written. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import type { FileSet } from '../../../src/core/codec/byte-source.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { emptyJournal } from '../../../src/engine/convert/run-plan.ts';
import { openHub } from '../../../src/engine/load/hub.ts';
import { beginLoad, continueLoad } from '../../../src/engine/load/load.ts';
import { remoteFiles, type RemoteFiles } from '../../../src/engine/load/remote-files.ts';
import { openSource } from '../../../src/engine/load/survey.ts';
import { hubId, startHub, type HubHost } from '../../helpers/hub-host.ts';
import { countingHttp, type CountingHttp } from '../../helpers/node-http.ts';

/** The checkpoint that lies on the hub. */
export const checkpoint = join(import.meta.dirname, '../../fixtures/reference/llava15-bf16-sharded/checkpoint');

/** What a load is told beside its source. */
export const facts = {
  name: 'tiny',
  source: `${hubId}@main`,
  licence: 'test',
  form: 'q4',
  limits: { shardBytes: 40_000, stepBytes: 4096 },
} as const;

/** A hub that is new for each test. */
export interface LoadStage {
  hub: HubHost;
  http: CountingHttp;
  /** What the hub serves. */
  folder: string;
}

/** Starts a hub before each test and ends it after. */
export function useLoadStage(): LoadStage {
  const stage = {} as LoadStage;
  beforeEach(async () => {
    stage.folder = mkdtempSync(join(tmpdir(), 'studio-load-'));
    cpSync(checkpoint, stage.folder, { recursive: true });
    stage.hub = await startHub({ folder: stage.folder });
    stage.http = countingHttp();
  });
  afterEach(async () => {
    await stage.hub.close();
    rmSync(stage.folder, { recursive: true });
  });
  return stage;
}

/** Opens the checkpoint on the hub. */
export async function openOnHub({ http, hub }: LoadStage): Promise<RemoteFiles> {
  const model = await openHub(http, { host: hub.url, id: hubId, revision: 'main' }, null);
  return remoteFiles(http, model.folder);
}

/** What the same checkpoint becomes without any network. */
export async function convertHere(): Promise<Map<string, Uint8Array>> {
  const here = memoryFiles('here');
  const files = folderFiles(checkpoint);
  const work = await beginLoad(await openSource(files), here.sink, facts);
  await continueLoad(files, work, here.sink, { journal: emptyJournal, events: {} });
  return contents(here.files);
}

/** Reads all files. */
export async function contents(files: FileSet): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for (const path of await files.list()) {
    const file = await files.open(path);
    if (file) all.set(path, await file.slice(0, file.byteLength));
  }
  return all;
}

/** Every byte of weights that was asked for came exactly once. */
export function expectNothingTwice({ http }: LoadStage): void {
  const weights = [...http.arrivals].filter(([address]) => address.endsWith('.safetensors'));
  expect(weights).toHaveLength(3);
  for (const [address, seen] of weights) {
    const twice = [...seen].filter(([, count]) => count > 1).map(([at]) => at);
    expect([address, twice]).toEqual([address, []]);
  }
}

/** A place that goes on where it was left, as the browser's private files do. */
export function lastingSink(): ReturnType<typeof memoryFiles> {
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
