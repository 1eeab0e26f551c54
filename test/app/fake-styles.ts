/** @file An engine's thread in memory that keeps styles: a zip is text, its first line the id and its second the name. */

import type { AdaptersApi, AdapterSource, AdapterSummary } from '../../workers/adapters-api.ts';
import { StudioError } from '../../src/core/error.ts';

/** Styles in memory, and how often each was read. */
export interface FakeStyles {
  readonly api: AdaptersApi;
  /** The ids of what was read, in order. */
  readonly loads: string[];
  /** The ids of what was laid out unasked, in order. */
  readonly prepared: string[];
}

/** The bytes of a style. */
export function styleZip(id: string, name: string): Blob {
  return new Blob([`${id}\n${name}`]);
}

/** A style as it would be dropped. */
export function styleSource(id: string, name: string): AdapterSource {
  return { kind: 'zip', name: `${name}.zip`, file: styleZip(id, name) };
}

/** Makes a thread that has read nothing yet. */
export function fakeStyles(): FakeStyles {
  const loads: string[] = [];
  const prepared: string[] = [];
  const loaded = new Map<string, AdapterSummary>();
  const find = (id: string): AdapterSummary => {
    const summary = loaded.get(id);
    if (summary === undefined) throw new StudioError('file-missing', `${id}: this style was never loaded`);
    return summary;
  };
  const keep = (summary: AdapterSummary): AdapterSummary => {
    loaded.set(summary.id, summary);
    return summary;
  };
  const api: AdaptersApi = {
    loadAdapter: async (source) => {
      if (source.kind !== 'zip') throw new StudioError('file-invalid', 'no zip');
      const [id = '', name = ''] = (await source.file.text()).split('\n');
      if (name === '') throw new StudioError('file-invalid', `${source.name}: no style in it`);
      loads.push(id);
      return keep(summaryOf(id, name));
    },
    prepareAdapter: (id) => {
      prepared.push(find(id).id);
      return Promise.resolve();
    },
    stopAdapterCall: () => Promise.resolve(),
    listAdapters: () => Promise.resolve([...loaded.values()]),
    unloadAdapter: (id) => {
      loaded.delete(id);
      return Promise.resolve();
    },
    describeAdapter: async ({ id, name, card }) => Promise.resolve(keep({ ...find(id), name, card })),
    duplicateAdapter: async ({ id, name, scale }) => Promise.resolve(keep({ ...find(id), id: `${id}×${String(scale)}`, name })),
    blendAdapters: async ({ adapters, name }) => {
      const id = adapters.map((one) => `${String(one.scale)} ${find(one.id).id}`).join(' + ');
      return Promise.resolve(keep(summaryOf(id, name)));
    },
    exportAdapter: async ({ id }) => Promise.resolve(styleZip(id, find(id).name)),
    measureMerge: () => Promise.resolve({ float32: 2, same: 1, precision: 'q8' }),
    stopMerging: () => Promise.resolve(),
    mergeAdapters: async ({ adapters }) =>
      Promise.resolve(new Blob(adapters.map(({ id, scale }) => `${find(id).name} × ${String(scale)}`))),
    lookInside: (id) => Promise.reject(new StudioError('file-missing', `${id}: nothing to see`)),
  };
  return { api, loads, prepared };
}

function summaryOf(id: string, name: string): AdapterSummary {
  return {
    id,
    name,
    kind: 'lora',
    facts: 'LoRA, rank 4',
    parameterCount: 24_576,
    sizeBytes: 98_304,
    isScalable: true,
    placement: 'start',
    base: { name: 'llava-mini', revision: null },
    fit: { state: 'fits', reason: '' },
    matched: 24,
    unmatched: [],
    missing: [],
    notes: [],
    card: { data: '', method: '', options: '', scores: [], prompt: '', licence: '', software: '', sample: '' },
  };
}
