/** @file An engine in memory for tests of the screen: it writes fixed words, as far and as brokenly as a test wants. */

import type { AdaptersApi } from '../../workers/adapters-api.ts';
import type { CaptionEvent, MachineReport, ModelSummary, PictureApi, PictureRequest, StudioApi } from '../../workers/api.ts';
import type { TrainApi } from '../../workers/train-api.ts';
import type { StudioThreads } from '../../src/app/studio.ts';
import { defaultDecoding } from '../../src/core/decode/options.ts';
import { StudioError } from '../../src/core/error.ts';
import { checkCaptions, groupDuplicates, lookAt } from '../../workers/look-over.ts';
import { makeThumbnail } from '../../workers/thumbnail.ts';
import type { Door } from './door.ts';

/** How the engine behaves. */
export interface FakeBehaviour {
  webgpu?: MachineReport['webgpu'];
  /** Holds captions halfway. */
  door?: Pick<Door, 'pass'>;
  /** Loses the device at the n-th picture, counted from 1, once. */
  loseDeviceAt?: number;
  /** Cannot read the n-th picture, counted from 1. */
  failAt?: number;
  /** Every picture's caption. */
  words?: string;
  /** Keeps styles; each caption is then said to be in the style that was worn. */
  styles?: AdaptersApi;
  /** The open model's tokenizer.json. */
  tokenizer?: string;
}

/** What the tests look at afterwards. */
export interface FakeThreads extends StudioThreads {
  readonly calls: { readonly opened: string[]; pictures: number; readonly cancelled: string[] };
}

/** A real adapter's report. */
export const hardware: MachineReport['webgpu'] = { state: 'hardware', name: 'NVIDIA RTX 4070', maxBufferBytes: 2 ** 31, hasFloat16: true };

/** A software adapter's report. */
export const software: MachineReport['webgpu'] = { state: 'software', name: 'SwiftShader', maxBufferBytes: 2 ** 30, hasFloat16: false };

/** Makes threads that run in this one. */
export function fakeThreads(behaviour: FakeBehaviour = {}): FakeThreads {
  const calls: { opened: string[]; pictures: number; cancelled: string[] } = { opened: [], pictures: 0, cancelled: [] };
  const cancelled = new Map<string, 'token' | 'batch'>();
  const words = behaviour.words ?? 'A grey cat lies on a wooden table and looks into the camera.';
  // Between two words others have their turn, as where the engine is another thread.
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

  async function caption(
    { id, name }: PictureRequest,
    jobId: string,
    words: string,
    onEvent: (event: CaptionEvent) => void,
  ): Promise<boolean> {
    onEvent({ kind: 'looking', id });
    await pause();
    let text = '';
    for (const word of words.split(' ')) {
      if (cancelled.get(jobId) === 'token') return false;
      const isFirst = text === '';
      text = isFirst ? word : `${text} ${word}`;
      onEvent({ kind: 'writing', id, text });
      if (isFirst) await behaviour.door?.pass(name);
      await pause();
    }
    if (cancelled.get(jobId) === 'token') return false;
    const timings = { decodePictureMs: 8.4, visionMs: 61, prefillMs: 24, decodeMs: 190, totalMs: 284 };
    const captions = [{ text, tokenCount: 14, logProbability: -9.31, stoppedBy: 'end' as const }];
    onEvent({ kind: 'done', id, captions, timings, exactPrompt: 'USER: <image>\nCaption it. ASSISTANT:', width: 640, height: 427 });
    return true;
  }

  const engine: StudioApi = {
    inspectMachine: () => Promise.resolve({ webgpu: behaviour.webgpu ?? hardware, wasmThreads: 4, isIsolated: true }),
    openModel: async ({ backend }) => {
      calls.opened.push(backend);
      await pause();
      return { ...fakeSummary, backend };
    },
    closeModel: () => Promise.resolve(),
    caption: async ({ jobId, pictures, adapters = [] }, onEvent) => {
      let done = 0;
      const worn = adapters.map(({ id, scale }) => ` In ${id} at ${String(scale)}.`).join('');
      for (const picture of pictures) {
        if (cancelled.has(jobId)) break;
        calls.pictures += 1;
        if (calls.pictures === behaviour.loseDeviceAt) throw new StudioError('device-lost', 'the device was lost');
        if (calls.pictures === behaviour.failAt || !(await canBeRead(picture.file))) {
          onEvent({ kind: 'failed', id: picture.id, error: { code: 'picture-invalid', message: `${picture.name}: cannot be decoded` } });
          continue;
        }
        if (await caption(picture, jobId, `${words}${worn}`, onEvent)) done += 1;
      }
      return { end: cancelled.has(jobId) ? 'cancelled' : 'finished', pictures: done, tokens: done * 14, elapsedMs: 1 };
    },
    cancel: (jobId, after = 'token') => {
      cancelled.set(jobId, after);
      calls.cancelled.push(after);
      return Promise.resolve();
    },
    findWordTrouble: ({ forcedWords }) =>
      Promise.resolve(forcedWords.includes('odd') ? 'forcedWords: "odd": the tokenizer has no tokens for it' : null),
    previewPrompt: ({ prompt }) =>
      Promise.resolve({
        before: 'A chat between a curious user and an assistant. USER: ',
        after: `\n${prompt} ASSISTANT:`,
        textTokens: 48,
        imageTokens: { least: 64, most: 64 },
      }),
    readTokenizer: () =>
      behaviour.tokenizer === undefined
        ? Promise.reject(new StudioError('file-missing', 'there is no tokenizer.json here'))
        : Promise.resolve({ json: behaviour.tokenizer, config: '{}' }),
    ...(behaviour.styles ?? noStyles),
    ...noTraining,
  };
  const pictures: PictureApi = { thumbnail: makeThumbnail, checkCaptions, lookAt, groupDuplicates };
  const failure = new Promise<never>(() => undefined);
  return { calls, engine: () => ({ api: engine, failure }), pictures: () => ({ api: pictures, failure }) };
}

/** The engine decodes what it captions, and so fails on its own where nothing else has looked at a picture before. */
function canBeRead(file: Blob): Promise<boolean> {
  return createImageBitmap(file).then(
    (bitmap) => {
      bitmap.close();
      return true;
    },
    () => false,
  );
}

/** A page to which no style was ever brought. */
const noStyles: AdaptersApi = {
  loadAdapter: () => Promise.reject(noStyle()),
  listAdapters: () => Promise.resolve([]),
  unloadAdapter: () => Promise.resolve(),
  describeAdapter: () => Promise.reject(noStyle()),
  prepareAdapter: () => Promise.resolve(),
  stopAdapterCall: () => Promise.resolve(),
  duplicateAdapter: () => Promise.reject(noStyle()),
  blendAdapters: () => Promise.reject(noStyle()),
  exportAdapter: () => Promise.reject(noStyle()),
  mergeAdapters: () => Promise.reject(noStyle()),
  measureMerge: () => Promise.reject(noStyle()),
  stopMerging: () => Promise.resolve(),
  lookInside: () => Promise.reject(noStyle()),
};

/** An engine that is never asked to train. */
const noTraining: TrainApi = {
  methodToGoOn: () => Promise.reject(untrained()),
  checkTraining: () => Promise.reject(untrained()),
  timeTraining: () => Promise.reject(untrained()),
  train: () => Promise.reject(untrained()),
  wishTraining: () => Promise.resolve(),
  letOthersFirst: () => Promise.resolve(),
  keepTraining: () => Promise.reject(untrained()),
  forgetTraining: () => Promise.resolve(),
  listTraining: () => Promise.resolve([]),
};

function untrained(): StudioError {
  return new StudioError('internal', 'nothing trains here');
}

function noStyle(): StudioError {
  return new StudioError('file-missing', 'there are no styles here');
}

const fakeSummary: Omit<ModelSummary, 'backend'> = {
  id: 'llava-mini',
  name: 'llava-mini',
  sha256: '5'.repeat(64),
  family: 'llava',
  precision: 'q8',
  licence: 'Apache-2.0',
  weightBytes: 17_400_000,
  downloadBytes: 17_400_000,
  imageTokens: { least: 64, most: 64 },
  contextLength: 1024,
  defaults: defaultDecoding,
  defaultSystem: 'A chat between a curious user and an assistant.',
  openedInMs: 420,
};
