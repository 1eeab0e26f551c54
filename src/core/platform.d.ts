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

/** Unpacking: the engine's own is many times faster than any written here. */
declare class DecompressionStream {
  constructor(format: 'deflate-raw');
  readonly writable: {
    getWriter(): { write(chunk: Uint8Array<ArrayBuffer>): Promise<void>; close(): Promise<void>; abort(): Promise<void> };
  };
  readonly readable: { getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> } };
}
