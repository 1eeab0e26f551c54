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

/** Keeps what was fetched. */
export interface MetricShelf {
  /** @throws {StudioError} 'network' when a file cannot be fetched, 'file-invalid' when it is broken */
  load(metrics: readonly MetricChoice[], onBytes?: (done: number) => void): Promise<MetricData>;
}

/** Opens the shelf of metric data at an address that ends with a slash. */
export function openMetricShelf(baseUrl: string): MetricShelf {
  let meteor: Promise<MeteorSetting> | undefined;
  let chair: Promise<ChairData> | undefined;
  return {
    load: async (metrics, onBytes = () => undefined) => {
      if (metrics.includes('CHAIR')) chair ??= fetchChair(baseUrl);
      if (metrics.includes('METEOR')) meteor ??= fetchMeteor(baseUrl, onBytes);
      try {
        return {
          ...(metrics.includes('CHAIR') && chair && { chair: await chair }),
          ...(metrics.includes('METEOR') && meteor && { meteor: await meteor }),
        };
      } catch (error) {
        // The next run asks anew.
        meteor = undefined;
        chair = undefined;
        throw error;
      }
    },
  };
}

async function fetchChair(baseUrl: string): Promise<ChairData> {
  const text = async (name: string): Promise<string> => (await ask(`${baseUrl}chair/${name}`)).text();
  const [synonyms, singular] = await Promise.all([text('synonyms.txt'), text('singularize-rules.json')]);
  return readChairData({ synonyms, singular });
}

async function fetchMeteor(baseUrl: string, onBytes: (done: number) => void): Promise<MeteorSetting> {
  let done = 0;
  const count = (bytes: number): void => onBytes((done += bytes));
  const [lexicon, paraphrases] = await Promise.all([
    fetchPacked(`${baseUrl}meteor/lexicon.dat`, count),
    fetchPacked(`${baseUrl}meteor/paraphrases.dat`, count),
  ]);
  return { data: readMeteorData({ lexicon, paraphrases }) };
}

/** Fetches a gzip file and unpacks it as it arrives; a host that marks it as gzip makes the browser unpack it before. */
async function fetchPacked(url: string, onChunk: (bytes: number) => void): Promise<Uint8Array> {
  const response = await ask(url);
  if (response.body === null) throw new StudioError('network', `${url}: the host sent nothing`);
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      onChunk(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const counted = response.body.pipeThrough(counter);
  const isUnpacked = response.headers.get('content-encoding') === 'gzip';
  try {
    const plain = isUnpacked ? counted : counted.pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch (cause) {
    throw new StudioError('network', `${url}: broke off or is no gzip file; try again`, { cause });
  }
}

async function ask(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new StudioError('network', `${url}: could not be fetched; the scores that need it can be left out`, { cause });
  });
  if (!response.ok) throw new StudioError('network', `${url}: the host answered ${String(response.status)}`);
  return response;
}
