/** @file Windows that lie over the page and are fetched when they are first opened: they are no part of the first load. */

import type { Component } from 'svelte';
import type { Overlay } from '../state/overlay.ts';

/** The code of each window; those that a view or the frame brings along itself have none here. */
export const windows: Readonly<Partial<Record<Overlay, () => Promise<{ readonly default: Component }>>>> = {
  address: () => import('./AddressDialog.svelte'),
  autosave: () => import('./caption/AutosaveDialog.svelte'),
  batch: () => import('./caption/BatchDialog.svelte'),
  bin: () => import('./caption/BinDialog.svelte'),
  clean: () => import('./caption/CleanDialog.svelte'),
  export: () => import('./caption/ExportDialog.svelte'),
  filters: () => import('./caption/FilterDialog.svelte'),
  import: () => import('./caption/ImportDialog.svelte'),
  keys: () => import('./KeysDialog.svelte'),
  'look-over': () => import('./caption/LookOverDialog.svelte'),
  model: () => import('./ModelDialog.svelte'),
  preset: () => import('./PresetDialog.svelte'),
  report: () => import('./caption/ReportDialog.svelte'),
  tokens: () => import('./caption/TokensDialog.svelte'),
};
