/** @file Answers the page's requests: from what is kept, else from the network, always with the headers for isolation. */
import { findKept, isReleased, keepResponse } from './kept-files.ts';

/** Types that some static hosts do not know, without which a browser refuses the file. */
const typesByEnding: readonly (readonly [ending: string, type: string])[] = [
  ['.js', 'text/javascript'],
  ['.wasm', 'application/wasm'],
];

/** Returns the response with the headers that let the page use several wasm threads on a host that cannot send them. */
export function isolate(response: Response, path: string): Response {
  if (response.type === 'opaque' || response.type === 'opaqueredirect' || response.type === 'error') return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const type = typesByEnding.find(([ending]) => path.endsWith(ending));
  if (type !== undefined) headers.set('Content-Type', type[1]);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/**
 * Cuts the part out of a kept file that a Range header asks for; other kinds of ranges get the whole file, which HTTP allows.
 *
 * @source RFC 9110, section 14
 */
export async function cutRange(kept: Response, range: string): Promise<Response> {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range);
  if (match === null) return kept;
  const blob = await kept.blob();
  const first = Number(match[1]);
  const last = match[2] === '' ? blob.size - 1 : Math.min(Number(match[2]), blob.size - 1); // inclusive
  if (first > last) return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${String(blob.size)}` } });
  const headers = new Headers(kept.headers);
  headers.set('Content-Range', `bytes ${String(first)}-${String(last)}/${String(blob.size)}`);
  headers.set('Content-Length', String(last - first + 1));
  headers.delete('Content-Encoding'); // the kept body is decoded
  return new Response(blob.slice(first, last + 1), { status: 206, statusText: 'Partial Content', headers });
}

/** Answers a request for a path of this site; files of the release are kept as they pass. */
export async function answer(request: Request, path: string, waitUntil: (work: Promise<void>) => void): Promise<Response> {
  if (!isReleased(path)) return isolate(await fetch(request), path);
  const range = request.headers.get('Range');
  const kept = await findKept(path);
  if (kept !== undefined) return isolate(range === null ? kept : await cutRange(kept, range), path);
  const response = await fetch(request);
  if (response.status === 200 && range === null) waitUntil(keepResponse(path, response.clone()));
  return isolate(response, path);
}
