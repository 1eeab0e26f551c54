/**
 * @file Models on a hub: an id with a revision, its list of files, and the commit that the revision stands for now.
 *
 * @source huggingface.co/docs/hub/api, `GET /api/models/{id}/revision/{revision}` and `GET /{id}/resolve/{revision}/{file}`
 */

import { isJsonObject, readJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import type { Http } from './http.ts';
import type { RemoteFolder } from './remote-files.ts';
import { fetchWhole, type FileState } from './remote-source.ts';

/** Where a model lies on a hub. */
export interface HubPlace {
  /** The hub's own address, without a slash at its end. */
  readonly host: string;
  /** `owner/name`. */
  readonly id: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** What a hub tells of a model. */
export interface HubModel {
  readonly folder: RemoteFolder;
  /** The commit that the revision stands for now: later visits ask for it, so that nothing changes on the way. */
  readonly commit: string;
  /** As its card says, or null. */
  readonly licence: string | null;
}

/** The hub that most models are published on. */
export const defaultHub = 'https://huggingface.co';

/** Lists of the largest repositories take below a tenth of this. @unit bytes */
const maxListBytes = 16 * 2 ** 20;

/**
 * Reads `owner/name`, `owner/name@revision`, or the address of a model's page on the hub.
 *
 * @throws {StudioError} 'argument-invalid' when it is none of them
 */
export function parseHubId(text: string, host: string = defaultHub): HubPlace {
  const page = text.trim().startsWith(`${host}/`) ? text.trim().slice(host.length + 1) : text.trim();
  const match = /^([\w.-]+\/[\w.-]+?)(?:(?:@|\/(?:tree|resolve|blob)\/)([^\s?#]+?))?\/?$/.exec(page);
  const [, id, revision] = match ?? [];
  if (id === undefined || id.includes('..') || revision?.includes('..') === true) {
    throw new StudioError('argument-invalid', `${text}: a hub id was expected, such as llava-hf/llava-1.5-7b-hf or owner/name@revision`);
  }
  return { host, id, revision: revision ?? 'main' };
}

/**
 * Asks a hub for a model's files. The token goes to this hub alone: browsers drop it where an answer leads elsewhere.
 *
 * @throws {StudioError} 'permission' for a private or gated model, 'file-missing' when there is none, 'network'
 */
export async function openHub(http: Http, place: HubPlace, token: string | null): Promise<HubModel> {
  const { host, id, revision } = place;
  const headers: Readonly<Record<string, string>> = token === null || token === '' ? {} : { Authorization: `Bearer ${token}` };
  const address = `${host}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const answer = await fetchWhole(http, { address, headers }, `${id}@${revision}`);
  if (!answer) {
    throw new StudioError(
      'file-missing',
      `${host}: there is no model ${id} with a revision ${revision}; check the name, and that this is a hub`,
    );
  }
  const facts = await readJsonObject(answer, maxListBytes);
  const commit = typeof facts['sha'] === 'string' && /^[0-9a-f]{7,64}$/.test(facts['sha']) ? facts['sha'] : revision;
  const folder: RemoteFolder = {
    name: `${id}@${revision}`,
    address: `${host}/${id}/resolve/${encodeURIComponent(commit)}/`,
    headers,
    listing: readListing(facts),
  };
  return { folder, commit, licence: readHubLicence(facts) };
}

/** Hubs that give no sizes are asked for each file. */
function readListing(facts: JsonObject): ReadonlyMap<string, FileState> | null {
  const { siblings } = facts;
  if (!Array.isArray(siblings)) return null;
  const listing = new Map<string, FileState>();
  for (const entry of siblings) {
    if (!isJsonObject(entry) || typeof entry['rfilename'] !== 'string') continue;
    const sizeBytes = entry['size'];
    if (typeof sizeBytes !== 'number' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
    listing.set(entry['rfilename'], { sizeBytes, etag: null });
  }
  return listing;
}

function readHubLicence(facts: JsonObject): string | null {
  const card = isJsonObject(facts['cardData']) ? facts['cardData'] : {};
  const { license, license_name: name } = card;
  if (license === 'other' && typeof name === 'string') return name;
  if (typeof license === 'string') return license;
  if (Array.isArray(license)) return license.filter((one) => typeof one === 'string').join(', ') || null;
  const { tags } = facts;
  const tag = Array.isArray(tags) ? tags.find((one): one is string => typeof one === 'string' && one.startsWith('license:')) : undefined;
  return tag?.slice('license:'.length) ?? null;
}
