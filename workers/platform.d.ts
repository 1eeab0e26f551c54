/** @file What browsers have and TypeScript's library of workers does not list yet. */

declare const GPUBufferUsage: Readonly<Record<'STORAGE' | 'COPY_SRC' | 'COPY_DST' | 'MAP_READ', number>>;
declare const GPUMapMode: { readonly READ: number };
