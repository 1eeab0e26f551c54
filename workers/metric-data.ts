/** @file Fetches what METEOR and CHAIR need from public/metrics/, when it is first asked for. */

import { StudioError } from '../src/core/error.ts';
import { readChairData, type ChairData } from '../src/core/metric/chair/chair.ts';
import type { MeteorSetting } from '../src/core/metric/meteor-result.ts';
import { readMeteorData } from '../src/core/metric/meteor/data.ts';
import type { MetricChoice } from '../src/core/metric/score.ts';

/** Data of the metrics that were asked for. */
export interface MetricData {
  readonly meteor?: MeteorSetting;
  readonly chair?: ChairData;
}

/** How much has arrived; total 0 where the host does not tell it. @unit bytes */
export interface FetchedBytes {
  readonly done: number;
  readonly total: number;
}

/** How a fetch is watched and stopped. */
export interface FetchControl {
  readonly stop?: AbortSignal;
  readonly onBytes?: (bytes: FetchedBytes) => void;
}

/** Keeps what was fetched. */
export interface MetricShelf {
  /** @throws {StudioError} 'network' when a file cannot be fetched, 'file-invalid' when it is broken, 'cancelled' after the signal */
  load(metrics: readonly MetricChoice[], control?: FetchControl): Promise<MetricData>;
}

/** Opens the shelf of metric data at an address that ends with a slash. */
export function openMetricShelf(baseUrl: string): MetricShelf {
  let meteor: Promise<MeteorSetting> | undefined;
  let chair: Promise<ChairData> | undefined;
  return {
    load: async (metrics, control = {}) => {
      if (metrics.includes('CHAIR')) chair ??= fetchChair(baseUrl, control);
      if (metrics.includes('METEOR')) meteor ??= fetchMeteor(baseUrl, control);
      try {
        return {
          ...(metrics.includes('CHAIR') && chair && { chair: await chair }),
          ...(metrics.includes('METEOR') && meteor && { meteor: await meteor }),
        };
      } catch (error) {
        // The next run asks anew; what had arrived whole comes from the browser's cache.
        meteor = undefined;
        chair = undefined;
        if (control.stop?.aborted === true) throw new StudioError('cancelled', 'metric data: stopped', { cause: error });
        throw error;
      }
    },
  };
}

async function fetchChair(baseUrl: string, { stop }: FetchControl): Promise<ChairData> {
  const text = async (name: string): Promise<string> => (await ask(`${baseUrl}chair/${name}`, stop)).text();
  const [synonyms, singular] = await Promise.all([text('synonyms.txt'), text('singularize-rules.json')]);
  return readChairData({ synonyms, singular });
}

async function fetchMeteor(baseUrl: string, { stop, onBytes }: FetchControl): Promise<MeteorSetting> {
  const names = ['lexicon', 'paraphrases'] as const;
  onBytes?.({ done: 0, total: 0 }); // a slow host is waited for, too
  const responses = await Promise.all(names.map((name) => ask(`${baseUrl}meteor/${name}.dat`, stop)));
  const sizes = responses.map((response) => (isUnpacked(response) ? 0 : Number(response.headers.get('content-length') ?? 0)));
  const total = sizes.includes(0) ? 0 : sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const count = (bytes: number): void => onBytes?.({ done: (done += bytes), total });
  const [lexicon, paraphrases] = await Promise.all(responses.map((response) => unpack(response, count)));
  return { data: readMeteorData({ lexicon: lexicon ?? new Uint8Array(), ...(paraphrases && { paraphrases }) }) };
}

/** Unpacks a gzip file as it arrives; a host that marks it as gzip makes the browser unpack it before. */
async function unpack(response: Response, onChunk: (bytes: number) => void): Promise<Uint8Array> {
  const { url } = response;
  if (response.body === null) throw new StudioError('network', `${url}: the host sent nothing`);
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      onChunk(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const counted = response.body.pipeThrough(counter);
  try {
    const plain = isUnpacked(response) ? counted : counted.pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (cause) {
    throw new StudioError('network', `${url}: broke off or is no gzip file; try again`, { cause });
  }
}

function isUnpacked(response: Response): boolean {
  return response.headers.get('content-encoding') === 'gzip';
}

async function ask(url: string, stop: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, stop === undefined ? {} : { signal: stop }).catch((cause: unknown) => {
    throw new StudioError('network', `${url}: could not be fetched; the scores that need it can be left out`, { cause });
  });
  if (!response.ok) throw new StudioError('network', `${url}: the host answered ${String(response.status)}`);
  return response;
}
