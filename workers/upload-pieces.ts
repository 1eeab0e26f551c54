/** @file Brings bytes to the GPU piece by piece, so that what waits on its way stays small however large the model is. */

import { StudioError } from '../src/core/error.ts';

/** The buffer that pieces fill. */
export interface BufferPlan {
  /** What to call it in messages. */
  readonly name: string;
  /** @unit bytes */
  readonly size: number;
}

/** Buffers of storage must have whole words. @unit bytes */
const bufferAlignment = 16;
/** What is written to a queue lies in memory until the GPU has taken it; beyond this much it is waited for. @unit bytes */
const waitingLimitBytes = 32 * 2 ** 20;
/** What waits on each device. @unit bytes */
const waiting = new WeakMap<GPUDevice, number>();

/**
 * Makes a buffer and fills it with the pieces one after another, each a whole number of words but for the last.
 *
 * @throws {StudioError} 'out-of-memory' when the GPU has not that much, or not in one buffer
 */
export async function uploadPieces(
  device: GPUDevice,
  { name, size }: BufferPlan,
  pieces: Iterable<Float32Array | Uint8Array> | AsyncIterable<Float32Array | Uint8Array>,
): Promise<GPUBuffer> {
  const buffer = await makeBuffer(device, name, Math.max(bufferAlignment, Math.ceil(size / bufferAlignment) * bufferAlignment));
  try {
    let at = 0;
    for await (const piece of pieces) {
      if (at + piece.byteLength > size) throw new StudioError('internal', `internal: ${name} has more than its ${String(size)} bytes`);
      device.queue.writeBuffer(buffer, at, wholeWords(piece));
      at += piece.byteLength;
      await letPass(device, piece.byteLength);
    }
    if (at !== size) throw new StudioError('internal', `internal: ${name} has ${String(at)} of its ${String(size)} bytes`);
    return buffer;
  } catch (error) {
    buffer.destroy();
    throw error;
  }
}

async function makeBuffer(device: GPUDevice, name: string, size: number): Promise<GPUBuffer> {
  const largest = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
  if (size > largest) {
    throw new StudioError(
      'out-of-memory',
      `${name}: needs ${megabytes(size)} in one buffer, this GPU holds ${megabytes(largest)}; choose a smaller precision or wasm`,
    );
  }
  device.pushErrorScope('out-of-memory');
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ label: name, size, usage });
  const refusal = await device.popErrorScope();
  if (!refusal) return buffer;
  buffer.destroy();
  throw new StudioError('out-of-memory', `${name}: the GPU has no ${megabytes(size)} left; close other tabs, or choose a smaller model`, {
    cause: refusal,
  });
}

/** Only the last piece of a buffer may end within a word; the buffer itself has room for the whole one. */
function wholeWords(piece: Float32Array | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(piece.buffer as ArrayBuffer, piece.byteOffset, piece.byteLength);
  if (bytes.byteLength % 4 === 0) return bytes;
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}

async function letPass(device: GPUDevice, bytes: number): Promise<void> {
  const now = (waiting.get(device) ?? 0) + bytes;
  waiting.set(device, now);
  if (now < waitingLimitBytes) return;
  waiting.set(device, 0);
  await device.queue.onSubmittedWorkDone();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
