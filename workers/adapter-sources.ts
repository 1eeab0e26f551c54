/** @file Opens the files of adapters from wherever a user has them. */

import type { FileSet } from '../src/core/codec/byte-source.ts';
import { StudioError } from '../src/core/error.ts';
import { zipFileSet } from '../src/engine/adapter/zip.ts';
import { openHub, parseHubId } from '../src/engine/load/hub.ts';
import type { Http } from '../src/engine/load/http.ts';
import { remoteFiles } from '../src/engine/load/remote-files.ts';
import { fetchWhole } from '../src/engine/load/remote-source.ts';
import type { AdapterSource } from './adapters-api.ts';
import { blobFiles, blobSource } from './blob-files.ts';
import { pageHttp } from './page-http.ts';

/** Servers do not list their folders, so that these are asked for. */
const usualFiles = ['adapter_config.json', 'caption-studio.json'];

/**
 * Opens an adapter's files.
 *
 * @throws {StudioError} 'argument-invalid' for an address that is none, 'network', 'file-missing', 'permission', 'file-invalid' for a broken zip
 */
export async function openAdapterSource(source: AdapterSource): Promise<FileSet> {
  switch (source.kind) {
    case 'files':
      return blobFiles(source.name, source.files);
    case 'zip':
      return zipFileSet(blobSource(source.name, source.file));
    case 'address':
      return openAddress(source.url);
    case 'hub': {
      const http = openWeb();
      return remoteFiles(http, (await openHub(http, parseHubId(source.id), null)).folder);
    }
    default:
      return source satisfies never;
  }
}

async function openAddress(text: string): Promise<FileSet> {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new StudioError('argument-invalid', `${text}: this is no web address; it must begin with https://`);
  const http = openWeb();
  const name = lastPart(url) ?? url.host;
  if (url.pathname.endsWith('.zip')) {
    const whole = await fetchWhole(http, { address: url.href, headers: {} }, name);
    if (!whole) throw new StudioError('file-missing', `${url.href}: there is no such file; check the address`);
    return zipFileSet(whole);
  }
  [url.search, url.hash] = ['', '']; // they belong to a page, and no file lies below them
  const address = url.href.replace(/\/?(?:adapter_config\.json|caption-studio\.json)?$/, '/');
  const files = remoteFiles(http, { name, address, headers: {}, listing: null });
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

function openWeb(): Http {
  const never = new AbortController().signal;
  return pageHttp({ pause: never, stop: never });
}
