/** @file The ledger of web APIs that the engine may touch beside the core's: what workers and Node share. */

declare const performance: { now(): number };

declare const crypto: { readonly subtle: { digest(algorithm: 'SHA-256', data: ArrayBufferView<ArrayBuffer>): Promise<ArrayBuffer> } };

declare class AbortSignal {
  static any(signals: readonly AbortSignal[]): AbortSignal;
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(): void;
}

declare function setTimeout(run: () => void, ms: number): object | number;
declare function clearTimeout(timer: object | number): void;
