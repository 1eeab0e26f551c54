/** @file Unpacks deflated bytes with the platform's own decompressor, and never more than was announced. */

import { StudioError } from '../error.ts';
import type { OnBytes } from './file-entry.ts';

/** So much is handed over at a time: a bomb is noticed after its first pieces. */
const pieceBytes = 65_536;

/**
 * Unpacks raw deflate data.
 *
 * @throws {StudioError} 'file-invalid' when it unpacks to another length, or is no deflate data; and what `onBytes` throws
 */
export async function inflate(
  name: string,
  packed: Uint8Array<ArrayBuffer>,
  byteLength: number,
  onBytes?: OnBytes,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new DecompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const writing = feed(writer, packed).catch(() => undefined); // the reader meets the same error and tells it
  const whole = new Uint8Array(byteLength);
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value === undefined) break;
      if (at + value.length > byteLength) throw wrongLength(name, byteLength);
      whole.set(value, at);
      at += value.length;
      await onBytes?.(value.length);
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    await writer.abort().catch(() => undefined);
    if (cause instanceof StudioError) throw cause;
    throw new StudioError('file-invalid', `${name}: its packed bytes are damaged`, { cause });
  }
  await writing;
  if (at !== byteLength) throw wrongLength(name, byteLength);
  return whole;
}

function wrongLength(name: string, byteLength: number): StudioError {
  return new StudioError('file-invalid', `${name}: does not unpack to the ${String(byteLength)} bytes that the archive announces`);
}

interface ByteWriter {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

async function feed(writer: ByteWriter, packed: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < packed.length; at += pieceBytes) await writer.write(packed.subarray(at, at + pieceBytes));
  await writer.close();
}
