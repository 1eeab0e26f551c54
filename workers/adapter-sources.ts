/** @file Opens the files of adapters from wherever a user has them. */

import type { FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import { watchedFiles } from '../src/engine/adapter/watch.ts';
import { zipFileSet } from '../src/engine/adapter/zip.ts';
import { openHub, parseHubId } from '../src/engine/load/hub.ts';
import type { Http } from '../src/engine/load/http.ts';
import { remoteFiles } from '../src/engine/load/remote-files.ts';
import type { OnBytes } from '../src/engine/load/remote-source.ts';
import type { AdapterCall } from './adapter-calls.ts';
import type { AdapterSource } from './adapters-api.ts';
import { fetchZip } from './fetch-zip.ts';
import { blobFiles, blobSource } from './blob-files.ts';
import { pageHttp } from './page-http.ts';

/** Servers do not list their folders, so that these are asked for. */
const usualFiles = ['adapter_config.json', 'caption-studio.json'];

/**
 * Opens an adapter's files.
 *
 * @throws {StudioError} 'argument-invalid' for an address that is none, 'network', 'file-missing', 'permission', 'file-invalid' for a broken zip,
 * 'cancelled' when the call is stopped
 */
export async function openAdapterSource(source: AdapterSource, call: AdapterCall): Promise<FileSet> {
  switch (source.kind) {
    case 'files':
      return watchedFiles(blobFiles(source.name, source.files), call.watch);
    case 'zip':
      return openZip(source.name, source.file, call);
    case 'address':
      return openAddress(source.url, call);
    case 'hub': {
      const http = openWeb(call);
      return remoteFiles(http, (await openHub(http, parseHubId(source.id), null)).folder, counting(call));
    }
    default:
      return source satisfies never;
  }
}

async function openZip(name: string, file: Blob, { watch }: AdapterCall): Promise<FileSet> {
  return watchedFiles(await zipFileSet(blobSource(name, file), watch), watch);
}

/** What comes over the line is what is read. */
function counting({ watch }: AdapterCall): OnBytes {
  return (bytes) => watch.count('reading', bytes);
}

async function openAddress(text: string, call: AdapterCall): Promise<FileSet> {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new StudioError('argument-invalid', `${text}: this is no web address; it must begin with https://`);
  const http = openWeb(call);
  const name = lastPart(url) ?? url.host;
  if (url.pathname.endsWith('.zip')) return openZip(name, await fetchZip(http, url.href, call.watch), call);
  [url.search, url.hash] = ['', '']; // they belong to a page, and no file lies below them
  const address = url.href.replace(/\/?(?:adapter_config\.json|caption-studio\.json)?$/, '/');
  const files = remoteFiles(http, { name, address, headers: {}, listing: null }, counting(call));
  return {
    ...files,
    list: async () => {
      const found = await Promise.all(usualFiles.map(async (path) => ((await files.open(path)) ? path : null)));
      return found.filter((path) => path !== null);
    },
  };
}

/** The last part of a path, as it is spelled where it cannot be decoded. */
function lastPart({ pathname }: URL): string | undefined {
  const part = pathname.split('/').findLast((one) => one !== '');
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part;
  }
}

function openWeb({ stop }: AdapterCall): Http {
  return pageHttp({ pause: stop, stop });
}
