/** @file What `convert` reads from: a folder of this machine, a model on a hub, or an address. */

import { lstat, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { FileSet } from '../../core/codec/byte-source.ts';
import { StudioError } from '../../core/error.ts';
import { defaultHub, openHub, parseHubId } from '../../engine/load/hub.ts';
import type { Http } from '../../engine/load/http.ts';
import { openRemote } from '../../engine/load/open-remote.ts';
import { readLicence } from '../../engine/load/read-licence.ts';
import type { RemoteFiles } from '../../engine/load/remote-files.ts';
import type { FileState } from '../../engine/load/remote-source.ts';
import { folderFiles } from '../node-files.ts';
import { existingFolder } from '../open-model.ts';
import { isSystemError } from '../system-error.ts';

/** A file of weights as it was found: its name, size and time of change. */
type Stamp = readonly [path: string, sizeBytes: number, modifiedMs: number];

/** Where a conversion reads from, with all that is needed to find it unchanged on a later visit; a token is never part of it. */
export type ConvertOrigin =
  | { readonly kind: 'folder'; readonly path: string; readonly stamps: readonly Stamp[] }
  | { readonly kind: 'hub'; readonly host: string; readonly id: string; readonly commit: string }
  | { readonly kind: 'address'; readonly url: string };

/** What was learned of files on a server. */
export type KnownStates = readonly (readonly [path: string, state: FileState])[];

/** An opened source. */
export interface ConvertSource {
  readonly files: FileSet;
  readonly origin: ConvertOrigin;
  /** What the model may be called. */
  readonly name: string;
  /** Where it comes from, for the card. */
  readonly told: string;
  readonly licence: () => Promise<string>;
  readonly states: () => KnownStates;
}

/** How servers are reached. */
export interface HubAccess {
  readonly http: Http;
  /** Without a slash at its end. */
  readonly host: string;
}

/**
 * Opens what an argument names: a folder that is there, else `https://…`, else a hub's `owner/name@revision`.
 *
 * @throws {StudioError} 'file-missing' when it is none of them, and what servers refuse
 */
export async function openConvertSource(argument: string, { http, host }: HubAccess): Promise<ConvertSource> {
  if (await isFolder(argument)) {
    const files = folderFiles(argument);
    const path = resolve(argument);
    const name = basename(path);
    return {
      ...{ files, name, told: name, licence: () => readLicence(files), states: () => [] },
      origin: { kind: 'folder', path, stamps: await stampsOf(path, files) },
    };
  }
  if (/^https?:\/\//.test(argument) && !argument.startsWith(`${host}/`)) {
    const url = `${argument.replace(/\/(?:(?:manifest|config)\.json)?$/, '')}/`;
    const files = await openRemote(http, { name: url, address: url, headers: {}, listing: null });
    const name = decodeURIComponent(new URL(url).pathname.split('/').at(-2) ?? '') || 'model';
    return { ...remote(files), name, told: url, licence: () => readLicence(files), origin: { kind: 'address', url } };
  }
  if (!argument.includes('/') || /^[./~]|\\/.test(argument) || (await isThere(argument))) await existingFolder(argument); // which says what is wrong with it
  const place = parseHubId(argument, host);
  const model = await openHub(http, place, tokenFor(host));
  const files = await openRemote(http, model.folder);
  const { id } = place;
  return {
    ...remote(files),
    name: id.split('/').at(-1) ?? id,
    told: `${host}/${id} at ${model.commit}`,
    licence: () => (model.licence === null ? readLicence(files) : Promise.resolve(model.licence)),
    origin: { kind: 'hub', host, id, commit: model.commit },
  };
}

/**
 * Opens the files of a source that was begun with before, asking servers nothing that they have told already.
 *
 * @throws {StudioError} 'source-changed' when a file of a folder has
 */
export async function reopenConvertSource(origin: ConvertOrigin, states: KnownStates, http: Http): Promise<FileSet> {
  const known = new Map(states);
  switch (origin.kind) {
    case 'folder': {
      const files = folderFiles(origin.path);
      const now = await stampsOf(origin.path, files);
      const changed = origin.stamps.find((stamp) => !now.some((other) => other.join() === stamp.join()));
      if (!changed) return files;
      throw new StudioError(
        'source-changed',
        `${join(origin.path, changed[0])}: is not the file that the conversion was begun with; begin anew with --restart`,
      );
    }
    case 'hub': {
      const { host, id, commit } = origin;
      const address = `${host}/${id}/resolve/${encodeURIComponent(commit)}/`;
      const token = tokenFor(host);
      const headers: Readonly<Record<string, string>> = token === null ? {} : { Authorization: `Bearer ${token}` };
      return openRemote(http, { name: id, address, headers, listing: null, known });
    }
    case 'address':
      return openRemote(http, { name: origin.url, address: origin.url, headers: {}, listing: null, known });
    default:
      return origin satisfies never;
  }
}

/**
 * Finds the token for a hub in the environment: HUB_TOKEN, or HF_TOKEN for the public hub alone.
 *
 * @throws {StudioError} 'argument-invalid' when it would cross the network in the clear
 */
export function tokenFor(host: string): string | null {
  const token = process.env['HUB_TOKEN'] ?? (host === defaultHub ? process.env['HF_TOKEN'] : undefined);
  if (token === undefined || token.trim() === '') return null;
  const { protocol, hostname } = new URL(host);
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    throw new StudioError('argument-invalid', `${host}: a token is sent over https only; unset HUB_TOKEN, or give an address with https`);
  return token.trim();
}

function remote(files: RemoteFiles): Pick<ConvertSource, 'files' | 'states'> {
  return { files, states: () => [...files.states()] };
}

async function stampsOf(path: string, files: FileSet): Promise<readonly Stamp[]> {
  const stamps: Stamp[] = [];
  for (const name of await files.list()) {
    if (!/\.(?:safetensors|bin)$/.test(name)) continue;
    const { size, mtimeMs } = await stat(join(path, name));
    stamps.push([name, size, mtimeMs]);
  }
  return stamps;
}

/** Whether a name is one of this machine, whatever it stands for: what lies in a file, or is one, is no model of a hub. */
function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: unknown) => isSystemError(cause) && cause.code !== 'ENOENT',
  );
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
