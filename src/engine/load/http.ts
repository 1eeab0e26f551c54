/** @file Bytes from a web server: what it refuses, in words, and what is worth trying again. */

import { StudioError } from '../../core/error.ts';

/** An answer whose body comes piece by piece. */
export interface HttpAnswer {
  readonly status: number;
  /** Gives a header by its name in small letters; null where it is not sent, or not shown to this page. */
  header(name: string): string | null;
  /** Throws where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** What the host gives for fetching; both calls reject with 'cancelled' when the work was called off. */
export interface Http {
  /** Rejects with anything else when there is no answer. */
  get(address: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  wait(ms: number): Promise<void>;
  /** Why there may be no answer at all, beside a broken connection; pages are kept from servers that do not let them in. */
  readonly mayBe?: string;
}

/** One file on a server. */
export interface RemoteFile {
  readonly address: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Tries without a single new byte before it is given up; with the waits between them about a minute. */
const maxFailures = 8;
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** Repeats what fails for reasons that pass, waiting longer each time; `hasProgressed` says whether it got further than before. */
export async function withRetries<T>(http: Http, attempt: () => Promise<T>, hasProgressed: () => boolean = () => false): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (hasProgressed()) failures = 1;
      if (!(error instanceof StudioError) || error.details['mayPass'] !== true || failures >= maxFailures) throw error;
      const { waitMs } = error.details;
      await http.wait(typeof waitMs === 'number' ? waitMs : Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1)));
    }
  }
}

/**
 * Asks for a file, or a range of it.
 *
 * @throws {StudioError} 'permission' for 401 and 403, 'file-missing' for 404 and 410, 'source-changed' for 416, 'network' for everything else
 */
export async function ask(http: Http, { address, headers }: RemoteFile, range?: string): Promise<HttpAnswer> {
  let answer: HttpAnswer;
  try {
    answer = await http.get(address, range === undefined ? headers : { ...headers, Range: `bytes=${range}` });
  } catch (cause) {
    throw brokenConnection(address, cause, http.mayBe);
  }
  if (answer.status === 200 || answer.status === 206) return answer;
  throw refusal(address, answer);
}

/** Says that a connection broke, which may pass; errors of ours pass as they are. */
export function brokenConnection(address: string, cause: unknown, mayBe?: string): StudioError {
  if (cause instanceof StudioError) return cause;
  return new StudioError('network', `${address}: cannot be fetched; the connection broke${mayBe === undefined ? '' : `, or ${mayBe}`}`, {
    cause,
    details: { mayPass: true },
  });
}

function refusal(address: string, answer: HttpAnswer): StudioError {
  const { status } = answer;
  const details = { status };
  switch (status) {
    case 401:
    case 403:
      return new StudioError(
        'permission',
        `${address}: the server refuses (${String(status)}): there is no such model, or it is private or gated. ` +
          'For a gated model, accept its terms on its page, then give a token of that account (on the command line: HUB_TOKEN)',
        { details },
      );
    case 404:
    case 410:
      return new StudioError('file-missing', `${address}: there is no such file; check the name and the revision`, { details });
    case 416:
      return changed(address, 'is shorter than it was');
    case 429: {
      const seconds = Number(answer.header('retry-after') ?? Number.NaN);
      const waitMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) * 1000 : longestWaitMs;
      return new StudioError('network', `${address}: the server asks to wait (429: too many requests); go on later, or give a token`, {
        details: { ...details, mayPass: true, waitMs },
      });
    }
    default:
      return new StudioError('network', `${address}: the server answered ${String(status)}`, {
        details: { ...details, mayPass: status >= 500 || status === 408 },
      });
  }
}

/** Says that a file is no longer the one that was begun with. */
export function changed(address: string, what: string): StudioError {
  return new StudioError('source-changed', `${address}: ${what}; it has changed since it was begun, so load the model from the start`);
}
