/** @file The checksum of zip archives. @source ISO 3309, polynomial 0xEDB88320 */

/** Goes on with a checksum; the first part begins with 0. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const steps = table();
  let sum = ~before;
  for (const byte of bytes) sum = (steps[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return ~sum >>> 0;
}

let known: Int32Array | undefined;

function table(): Int32Array {
  known ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xed_b8_83_20 ^ (sum >>> 1) : sum >>> 1;
    return sum;
  });
  return known;
}
