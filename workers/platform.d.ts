/** @file What browsers have and TypeScript's library of workers does not list yet. */

declare const GPUBufferUsage: { readonly STORAGE: number; readonly COPY_SRC: number; readonly COPY_DST: number };
