/**
 * @file The ledger of web APIs that the core may touch: those that window, worker and Node share and that are pure.
 * A new line here is a decision, not a convenience.
 */

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView | ArrayBuffer): string;
}

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
