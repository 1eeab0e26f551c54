/** @file Times changes of styles in the browser, and tells the table to the window's opener. */

import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { openModel } from '../../src/engine/model.ts';
import type { Backend } from '../../workers/api.ts';
import { openHostedFiles } from '../../workers/model-files.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import { swapTable, timeSwaps } from './time-swaps.ts';

const backend: Backend = new URLSearchParams(location.search).get('backend') === 'webgpu' ? 'webgpu' : 'wasm';
const files = await openHostedFiles(new URL('/bundles/llava-mini/', location.origin), () => undefined);
const model = await openModel(await openWebRuntime(backend), await openBundle(files));
const table = swapTable(backend, await timeSwaps(model));
await model.close();
Object.assign(window, { table });
