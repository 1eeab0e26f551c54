/** @file Compares the bytes of a bundle with the hashes in its manifest. */

import type { ByteSource } from '../../core/codec/byte-source.ts';
import { startSha256 } from '../../core/codec/sha256.ts';
import { StudioError } from '../../core/error.ts';
import type { Shard } from '../../../models/bundle.ts';
import type { Bundle } from './bundle.ts';

/** What a verification tells on its way. */
export interface VerifyEvents {
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly isCancelled?: () => boolean;
}

/**
 * Reads every file that a bundle's manifest names and gives those that are not as it says, in the manifest's order.
 *
 * @throws {StudioError} 'cancelled'
 */
export async function findDamage(bundle: Bundle, events: VerifyEvents = {}): Promise<readonly StudioError[]> {
  const { shards, files: sideFiles } = bundle.manifest;
  const files = [...shards, ...sideFiles];
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const damage: StudioError[] = [];
  let doneBytes = 0;
  for (const [i, file] of files.entries()) {
    if (events.isCancelled?.()) throw new StudioError('cancelled', `${bundle.files.name}: the verification was stopped`);
    const error = await checkFile(bundle.files.name, file, () => openFile(bundle, i, file));
    if (error) damage.push(error);
    doneBytes += file.sizeBytes;
    events.onProgress?.(doneBytes, totalBytes);
  }
  return damage;
}

/** Shards are open already; side files are found by name. */
async function openFile(bundle: Bundle, index: number, file: Shard): Promise<ByteSource | null> {
  return bundle.shards[index] ?? bundle.files.open(file.path);
}

async function checkFile(folder: string, file: Shard, open: () => Promise<ByteSource | null>): Promise<StudioError | null> {
  const place = `${folder}/${file.path}`;
  const details = { file: file.path };
  const source = await open().catch(() => null);
  if (!source) return new StudioError('file-missing', `${place}: is not there, the manifest names it; fetch it again`, { details });
  if (source.byteLength !== file.sizeBytes) {
    return new StudioError(
      'integrity',
      `${place}: has ${String(source.byteLength)} bytes, the manifest says ${String(file.sizeBytes)}; fetch it again`,
      { details },
    );
  }
  const found = await hashSource(source);
  if (found === file.sha256) return null;
  return new StudioError('integrity', `${place}: its bytes are not those that the manifest names (sha256); fetch it again`, { details });
}

/** Up to here a file is hashed at once, which is several times as fast as piece by piece. @unit bytes */
const atOnceBytes = 64 * 2 ** 20;
/** @unit bytes */
const pieceBytes = 8 * 2 ** 20;

/** Computes the hash of a file as hex digits, without ever holding a large one whole. */
export async function hashSource(source: ByteSource): Promise<string> {
  if (source.byteLength <= atOnceBytes) return sha256(await source.slice(0, source.byteLength));
  const hash = startSha256();
  for (let start = 0; start < source.byteLength; start += pieceBytes) {
    hash.update(await source.slice(start, Math.min(source.byteLength, start + pieceBytes)));
  }
  return hash.digest();
}

/** Computes the hash of bytes as hex digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
