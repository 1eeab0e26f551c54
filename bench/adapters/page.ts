/** @file Times changes of styles in the browser, in this thread or through the page's own door to the engine's, and tells the table to the window's opener. */

import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { openModel } from '../../src/engine/model.ts';
import { openHostedFiles } from '../../workers/model-files.ts';
import { openWebRuntime } from '../../workers/ort-web.ts';
import type { Backend } from '../../workers/api.ts';
import { timeClicks } from './time-clicks.ts';
import { swapTable, timeSwaps } from './time-swaps.ts';

const query = new URLSearchParams(location.search);
const backend: Backend = query.get('backend') === 'webgpu' ? 'webgpu' : 'wasm';
const files = await openHostedFiles(new URL('/bundles/llava-mini/', location.origin), () => undefined);
const bundle = await openBundle(files);
const model = await openModel(await openWebRuntime(backend), bundle);
const table = query.has('clicks') ? await timeClicks(backend, model) : swapTable(backend, await timeSwaps(model));
await model.close();
Object.assign(window, { table });
