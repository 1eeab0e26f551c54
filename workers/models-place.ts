/** @file Opens what a model is loaded from: a hub, an address, a folder that was given. */

import type { FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import { openHub, parseHubId } from '../src/engine/load/hub.ts';
import { openRemote } from '../src/engine/load/open-remote.ts';
import type { RemoteFiles } from '../src/engine/load/remote-files.ts';
import type { FileState } from '../src/engine/load/remote-source.ts';
import type { ModelOrigin } from '../src/storage/model-record.ts';
import { blobFiles } from './blob-files.ts';
import { readLicence } from '../src/engine/load/read-licence.ts';
import type { OpenSource } from '../src/engine/load/survey.ts';
import { folderOf } from './model-files.ts';
import type { GivenFile, LoadSource, ReturnRequest } from './models-api.ts';
import { newCalls, type Calls } from './models-turns.ts';
import { pageHttp } from './page-http.ts';

/** An opened source, with the ways to call off what is fetched from it. */
export interface Place extends Calls {
  readonly files: FileSet;
  readonly origin: ModelOrigin;
  /** What the model may be called: the last part of where it lies. */
  readonly name: string;
  /** As the hub says; null where only the files can tell. */
  readonly licence: string | null;
  /** Bytes that came so far. @unit bytes */
  readonly fetchedBytes: () => number;
  /** What later visits need not ask for. */
  readonly states: () => readonly (readonly [path: string, state: FileState])[];
}

/**
 * Opens a source.
 *
 * @throws {StudioError} 'argument-invalid' for an id or address that is none, and what servers refuse
 */
export async function openPlace(source: LoadSource): Promise<Place> {
  const work = startWork();
  switch (source.kind) {
    case 'hub': {
      const place = parseHubId(source.id, source.host);
      const { folder, commit, licence } = await openHub(work.http, place, source.token);
      const files = await openRemote(work.http, folder, work.count);
      return { ...work.place(files), name: place.id.split('/').at(-1) ?? place.id, licence, origin: { kind: 'hub', ...place, commit } };
    }
    case 'address': {
      const url = folderOf(source.url).href;
      const files = await openRemote(work.http, { name: url, address: url, headers: {}, listing: null }, work.count);
      return { ...work.place(files), name: lastPart(url), licence: null, origin: { kind: 'address', url } };
    }
    case 'folder':
      return {
        ...work.place(givenFiles(source.name, source.files, work.count)),
        name: source.name,
        licence: null,
        origin: { kind: 'folder', name: source.name },
      };
    default:
      return source satisfies never;
  }
}

/**
 * Opens the source of a model that was begun before, without asking what is known.
 *
 * @throws {StudioError} 'permission' when a folder has to be given again
 */
export async function reopenPlace(
  origin: ModelOrigin,
  known: ReadonlyMap<string, FileState>,
  { token, files }: ReturnRequest,
): Promise<Place> {
  const work = startWork();
  switch (origin.kind) {
    case 'hub': {
      const { host, id, commit } = origin;
      const headers: Readonly<Record<string, string>> = token === null || token === '' ? {} : { Authorization: `Bearer ${token}` };
      const address = `${host}/${id}/resolve/${encodeURIComponent(commit)}/`;
      const remote = await openRemote(work.http, { name: id, address, headers, listing: null, known }, work.count);
      return { ...work.place(remote), name: id, licence: null, origin };
    }
    case 'address': {
      const remote = await openRemote(work.http, { name: origin.url, address: origin.url, headers: {}, listing: null, known }, work.count);
      return { ...work.place(remote), name: lastPart(origin.url), licence: null, origin };
    }
    case 'folder': {
      if (!files) throw forgotten(origin.name);
      return { ...work.place(givenFiles(origin.name, files, work.count)), name: origin.name, licence: null, origin };
    }
    default:
      return origin satisfies never;
  }
}

/** Gives the source that a model came from, as it was looked at, to begin with it anew. @throws {StudioError} as `reopenPlace` */
export function sourceAgain(origin: ModelOrigin, { token, files }: ReturnRequest): LoadSource {
  switch (origin.kind) {
    case 'hub':
      return { kind: 'hub', host: origin.host, id: `${origin.id}@${origin.commit}`, token };
    case 'address':
      return { kind: 'address', url: origin.url };
    case 'folder':
      if (!files) throw forgotten(origin.name);
      return { kind: 'folder', name: origin.name, files };
    default:
      return origin satisfies never;
  }
}

/** Finds the licence: a bundle's own, the hub's word, or the card's. */
export async function licenceOf(place: Place, opened: OpenSource): Promise<string> {
  if (opened.kind === 'bundle') return opened.bundle.manifest.licence;
  return place.licence ?? (await readLicence(place.files));
}

/** Tells where a model comes from, for its manifest and card. */
export function sayOrigin({ origin }: Place): string {
  switch (origin.kind) {
    case 'hub':
      return `${origin.host}/${origin.id} at ${origin.commit}`;
    case 'address':
      return origin.url;
    case 'folder':
      return origin.name;
    default:
      return origin satisfies never;
  }
}

function forgotten(name: string): StudioError {
  return new StudioError('permission', `${name}: browsers forget folders; choose the same folder again to go on`);
}

type Opened = Pick<Place, 'files' | 'pause' | 'stop' | 'fetchedBytes' | 'states'>;

function startWork(): {
  readonly http: ReturnType<typeof pageHttp>;
  readonly count: (bytes: number) => void;
  readonly place: (files: FileSet | RemoteFiles) => Opened;
} {
  const { pause, stop } = newCalls();
  let fetched = 0;
  return {
    http: pageHttp({ pause: pause.signal, stop: stop.signal }),
    count: (bytes) => {
      fetched += bytes;
    },
    place: (files) => ({ files, pause, stop, fetchedBytes: () => fetched, states: () => ('states' in files ? [...files.states()] : []) }),
  };
}

/** A picked folder's paths begin with its own name. */
function givenFiles(name: string, files: readonly GivenFile[], onBytes: (count: number) => void): FileSet {
  const roots = new Set(files.map(({ path }) => path.split('/')[0]));
  const isNested = roots.size === 1 && files.every(({ path }) => path.includes('/'));
  const plain = isNested ? files.map(({ path, file }) => ({ path: path.slice(path.indexOf('/') + 1), file })) : files;
  return blobFiles(name, plain, onBytes);
}

function lastPart(url: string): string {
  return decodeURIComponent(url.split('/').findLast((part) => part !== '') ?? url);
}
