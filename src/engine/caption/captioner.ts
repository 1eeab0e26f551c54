/** @file Captions a queue of pictures in batches: look, read the prompt, write. */

import { checkForcedRoom } from '../../core/decode/forced/forced-words.ts';
import { checkDecoding, type DecodingOptions } from '../../core/decode/options.ts';
import { present, StudioError } from '../../core/error.ts';
import type { Picture } from '../../core/image/picture.ts';
import type { OpenModel } from '../model.ts';
import { encodeWords, type EncodedWords } from './encode-words.ts';
import { look, viewPicture, type PictureView } from './look.ts';
import { promptParts, promptSequence, roomFor, type PromptParts, type RowPlaces } from './prompt-sequence.ts';
import { writeCaptions, type BatchMember } from './write-captions.ts';
import { makeWriter } from './make-writer.ts';
import type { WrittenCaption } from './writer.ts';

/** One picture to caption. */
export interface CaptionRequest {
  readonly id: string;
  /** Decodes the picture; it is called when the picture's turn is near, and may reject with 'picture-invalid'. */
  readonly load: () => Promise<Picture>;
  /** null is the model's own, '' is none. */
  readonly system: string | null;
  readonly prompt: string;
}

/** What is known of a finished picture. @unit ms, all times */
export interface CaptionOutcome {
  readonly captions: readonly WrittenCaption[];
  readonly exactPrompt: string;
  readonly width: number;
  readonly height: number;
  readonly decodePictureMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** What happens to the pictures, by id. */
export interface CaptionEvents {
  readonly onLooking: (id: string) => void;
  readonly onText: (id: string, text: string) => void;
  readonly onDone: (id: string, outcome: CaptionOutcome) => void;
  /** A picture failed on its own; the others go on. */
  readonly onFailed: (id: string, error: StudioError) => void;
  /** Stops within one token. */
  readonly isCancelled: () => boolean;
  /** Stops when the pictures that are being written are done. */
  readonly isPaused?: () => boolean;
}

/** How a queue is captioned. */
export interface CaptionSettings {
  readonly decoding: DecodingOptions;
  /** Pictures side by side; what comes out does not depend on it. */
  readonly batchSize: number;
}

/**
 * Captions pictures in order; a picture that fails by itself is reported and the rest goes on.
 *
 * @throws {StudioError} 'argument-invalid' for options that make no sense, 'device-lost', 'out-of-memory'
 */
export async function captionPictures(
  model: OpenModel,
  requests: readonly CaptionRequest[],
  settings: CaptionSettings,
  events: CaptionEvents,
): Promise<void> {
  checkDecoding(settings.decoding);
  const words = encodeWords(model, settings.decoding);
  const batches = chunked(requests, Math.max(1, Math.floor(settings.batchSize)));
  const { startsWith } = settings.decoding;
  let upcoming = loadBatch(model, batches[0] ?? [], startsWith);
  const isOver = (): boolean => events.isCancelled() || events.isPaused?.() === true;
  for (let i = 0; i < batches.length && !isOver(); i++) {
    const loaded = await upcoming;
    // The next pictures are decoded while these are written.
    upcoming = loadBatch(model, batches[i + 1] ?? [], startsWith);
    for (const { request, error } of loaded) if (error) events.onFailed(request.id, error);
    await captionBatch(
      model,
      loaded.flatMap(({ ready }) => (ready ? [ready] : [])),
      { decoding: settings.decoding, words },
      events,
    );
  }
  await upcoming;
}

interface ReadyPicture {
  readonly request: CaptionRequest;
  readonly view: PictureView;
  readonly decodePictureMs: number;
  readonly parts: PromptParts;
}

interface LoadedPicture {
  readonly request: CaptionRequest;
  readonly ready?: ReadyPicture;
  readonly error?: StudioError;
}

async function loadBatch(model: OpenModel, requests: readonly CaptionRequest[], startsWith: string): Promise<readonly LoadedPicture[]> {
  return Promise.all(
    requests.map(async (request): Promise<LoadedPicture> => {
      const startMs = performance.now();
      try {
        const parts = promptParts(model, request, startsWith);
        const view = viewPicture(model, await request.load());
        return { request, ready: { request, view, decodePictureMs: performance.now() - startMs, parts } };
      } catch (cause) {
        const error =
          cause instanceof StudioError
            ? cause
            : new StudioError('picture-invalid', `${request.id}: cannot be read as a picture`, { cause });
        return { request, error };
      }
    }),
  );
}

async function captionBatch(
  model: OpenModel,
  pictures: readonly ReadyPicture[],
  { decoding, words }: Pick<MemberSpec, 'decoding' | 'words'>,
  events: CaptionEvents,
): Promise<void> {
  if (pictures.length === 0) return;
  for (const { request } of pictures) events.onLooking(request.id);
  const startMs = performance.now();
  const { rows, places, softRow } = await look(
    model,
    pictures.map(({ view }) => view),
  );
  const visionMs = (performance.now() - startMs) / pictures.length;
  try {
    const members = pictures.flatMap((picture, i) => {
      const place = present(places[i], 'a picture has no rows');
      try {
        const rowPlaces = { ...place, softRow, imageTokenId: model.model.imageTokenId };
        return [{ picture, ...batchMember(model, { parts: picture.parts, rowPlaces, decoding, words }) }];
      } catch (error) {
        // A prompt that is too long for one picture says nothing of the others.
        if (!(error instanceof StudioError)) throw error;
        events.onFailed(picture.request.id, error);
        return [];
      }
    });
    if (members.length === 0) return;
    await writeCaptions(model.decoder, members, rows, {
      onText: (i, text) => {
        const member = members[i];
        if (member) events.onText(member.picture.request.id, text);
      },
      onEnd: (i, times) => {
        const member = members[i];
        if (!member) return;
        const { request, parts, view, decodePictureMs } = member.picture;
        events.onDone(request.id, {
          captions: member.writer.finish(),
          exactPrompt: parts.text,
          width: view.size.width,
          height: view.size.height,
          decodePictureMs,
          visionMs,
          ...times,
        });
      },
      isCancelled: events.isCancelled,
    });
  } finally {
    rows.dispose();
  }
}

interface MemberSpec {
  readonly parts: PromptParts;
  readonly rowPlaces: RowPlaces;
  readonly decoding: DecodingOptions;
  readonly words: EncodedWords;
}

function batchMember(model: OpenModel, { parts, rowPlaces, decoding, words }: MemberSpec): BatchMember {
  const sequence = promptSequence(parts, rowPlaces);
  const taken = model.decoder.startLength + sequence.length;
  const maxNewTokens = roomFor(decoding.maxNewTokens, taken, model.model.decoder.contextLength);
  // A long prompt leaves less room than was asked for.
  if (words.forced) checkForcedRoom(words.forced, decoding.startsWith, maxNewTokens);
  const writer = makeWriter({
    options: { ...decoding, maxNewTokens, minNewTokens: Math.min(decoding.minNewTokens, maxNewTokens) },
    promptIds: sequence.map(({ token }) => token),
    startIds: parts.start,
    stopIds: model.stopIds,
    bannedSequences: words.banned,
    forced: words.forced,
    decode: (tokens) => model.tokenizer.decode(tokens),
  });
  return { sequence, writer };
}

function chunked<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
