/** @file A picture from an address on the web. */

import { StudioError } from '../../core/error.ts';

/**
 * Fetches a picture that the user named by its address.
 *
 * @throws {StudioError} 'argument-invalid' for what is no address, 'network' when it cannot be had, 'picture-invalid' when it is something else
 */
export async function fetchPicture(address: string): Promise<File> {
  const url = readAddress(address);
  const response = await fetchOrExplain(url);
  if (!response.ok) {
    throw new StudioError('network', `${url.host} answered ${String(response.status)} for this address; look whether it opens in a tab`);
  }
  const blob = await response.blob();
  if (!blob.type.startsWith('image/')) {
    const found = blob.type === '' ? 'something without a type' : blob.type;
    throw new StudioError('picture-invalid', `${url.host} sent ${found}, not a picture; use the address of the picture itself`);
  }
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
  return new File([blob], name === '' ? url.host : name, { type: blob.type });
}

function readAddress(address: string): URL {
  const text = address.trim();
  const url = URL.parse(/^[a-z][a-z\d+.-]*:/i.test(text) ? text : `https://${text}`);
  if (url === null || !['https:', 'http:', 'data:'].includes(url.protocol)) {
    throw new StudioError('argument-invalid', 'This is not an address; one looks like https://example.com/picture.jpg');
  }
  if (url.protocol === 'http:' && url.origin !== location.origin) {
    throw new StudioError('argument-invalid', 'The studio opens only https addresses, so that nobody on the way can read along');
  }
  return url;
}

async function fetchOrExplain(url: URL): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' });
  } catch (cause) {
    // The browser does not say which: a refusal (CORS) and a dead line look the same to a page.
    const reason = navigator.onLine
      ? `${url.host} does not let other pages read its pictures, or cannot be reached. Save the picture, then drop the file here`
      : 'This computer is offline. Drop a file instead, or try again later';
    throw new StudioError('network', reason, { cause });
  }
}
