/**
 * @file SHA-256 piece by piece: the browser's own wants all bytes at once, and none at all on pages without https.
 *
 * @source FIPS 180-4, sections 4.1.2, 5 and 6.2
 */

/** A hash that grows with each piece of bytes. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Ends the hash and gives it as hex digits; nothing can be added after. */
  digest(): string;
}

const blockBytes = 64;

/** Starts a hash of nothing. */
export function startSha256(): Sha256 {
  const { constants, start } = tables();
  const state = Int32Array.from(start);
  const words = new Int32Array(64);
  const pending = new Uint8Array(blockBytes);
  let pendingBytes = 0;
  let totalBytes = 0;
  const update = (bytes: Uint8Array): void => {
    totalBytes += bytes.byteLength;
    let at = 0;
    if (pendingBytes > 0) {
      at = Math.min(blockBytes - pendingBytes, bytes.byteLength);
      pending.set(bytes.subarray(0, at), pendingBytes);
      pendingBytes += at;
      if (pendingBytes < blockBytes) return;
      compress(state, words, constants, pending);
      pendingBytes = 0;
    }
    for (; at + blockBytes <= bytes.byteLength; at += blockBytes) compress(state, words, constants, bytes.subarray(at, at + blockBytes));
    pending.set(bytes.subarray(at));
    pendingBytes = bytes.byteLength - at;
  };
  return {
    update,
    digest: () => {
      const hashedBytes = totalBytes;
      const tail = new Uint8Array((pendingBytes + 8 >= blockBytes ? 2 : 1) * blockBytes - pendingBytes);
      tail[0] = 0x80;
      new DataView(tail.buffer).setBigUint64(tail.byteLength - 8, BigInt(hashedBytes) * 8n);
      update(tail);
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
}

function compress(state: Int32Array, words: Int32Array, constants: Int32Array, block: Uint8Array): void {
  for (let i = 0, at = 0; i < 16; i++, at += 4) {
    words[i] = ((block[at] ?? 0) << 24) | ((block[at + 1] ?? 0) << 16) | ((block[at + 2] ?? 0) << 8) | (block[at + 3] ?? 0);
  }
  for (let i = 16; i < 64; i++) {
    const w2 = words[i - 2] ?? 0;
    const w15 = words[i - 15] ?? 0;
    const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
    const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
    words[i] = (s1 + (words[i - 7] ?? 0) + s0 + (words[i - 16] ?? 0)) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (constants[i] ?? 0) + (words[i] ?? 0)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] ?? 0) + word) | 0;
}

let madeTables: { readonly constants: Int32Array; readonly start: Int32Array } | undefined;

/** The first 32 bits of the fractions of cube roots and square roots of the first primes; doubles hold them exactly. */
function tables(): NonNullable<typeof madeTables> {
  if (madeTables) return madeTables;
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
  madeTables = {
    constants: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    start: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  };
  return madeTables;
}
