/** @file The ledger of web APIs that the engine may touch beside the core's: what workers and Node share. */

declare const performance: { now(): number };

declare const crypto: { readonly subtle: { digest(algorithm: 'SHA-256', data: ArrayBufferView<ArrayBuffer>): Promise<ArrayBuffer> } };
