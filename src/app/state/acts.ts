/** @file Everything that can be done, in one table: the palette lists it, keys find it, buttons share its words. */

import { pickDataset, pickFolder, pickPictures } from '../intake/pick.ts';
import { hasCards, isChosen, isComparing, sayAffected, affected, type Act } from './act.ts';
import { chooseView, compareActs, viewOf } from './compare/compare-acts.ts';
import { datasetActs } from './dataset/dataset-acts.ts';
import { choosePreset, resetDecoding } from './prompt/prompt-acts.ts';
import { queueActs } from './queue/queue-acts.ts';
import { styleActs } from './styles/style-acts.ts';
import { copyCaptions, saveCaptions } from './cards/take-away.ts';
import { takeIn, takeInFound, trySamples } from './cards/take-in.ts';
import type { Workspace } from './workspace.svelte.ts';

/** The table of acts that need no picture of a preset. */
export const acts: readonly Act[] = [
  ...styleActs,
  ...datasetActs,
  ...queueActs,
  ...compareActs,
  {
    id: 'add-pictures',
    group: 'Add',
    label: () => 'Add pictures…',
    keys: 'Mod+O',
    alias: 'open file import',
    run: (w) => w.tryOrTell(async () => takeIn(w, await pickPictures())),
  },
  {
    id: 'add-folder',
    group: 'Add',
    label: () => 'Add a folder…',
    alias: 'directory import',
    run: (w) => takeInFound(w, pickFolder),
  },
  {
    id: 'add-dataset',
    group: 'Add',
    label: () => 'Add archives or captions…',
    alias: 'import zip tar webdataset coco json metadata csv kohya sidecar data set',
    run: (w) => w.tryOrTell(async () => takeIn(w, await pickDataset())),
  },
  { id: 'add-address', group: 'Add', label: () => 'Add from an address…', alias: 'url link web', run: (w) => void (w.overlay = 'address') },
  { id: 'add-samples', group: 'Add', label: () => 'Try the samples', alias: 'demo example', run: (w) => trySamples(w) },

  {
    id: 'caption-again',
    group: 'Captions',
    label: (w) => `Caption ${isChosen(w) ? sayAffected(w) : 'the selection'} again`,
    keys: 'R',
    needsSight: true,
    alias: 'redo regenerate rewrite',
    isOffered: isChosen,
    run: (w) => w.captionAgain(affected(w)),
  },
  {
    id: 'caption-all',
    group: 'Captions',
    label: () => 'Caption all again',
    alias: 'redo regenerate rewrite',
    isOffered: (w) => hasCards(w) && !isChosen(w),
    run: (w) => w.captionAgain(w.library.cards),
  },
  {
    id: 'copy',
    group: 'Captions',
    label: (w) => (sayAffected(w) === 'all' ? 'Copy all captions' : `Copy captions of ${sayAffected(w)}`),
    keys: 'Mod+C',
    needsSight: true,
    isOffered: hasCards,
    run: (w) => copyCaptions(w, affected(w)),
  },
  {
    id: 'save-jsonl',
    group: 'Captions',
    label: (w) => `Save captions of ${sayAffected(w)} as JSONL`,
    keys: 'Mod+S',
    alias: 'export download',
    isOffered: hasCards,
    run: (w) => saveCaptions(w, affected(w)),
  },
  {
    id: 'delete',
    group: 'Captions',
    label: (w) => `Delete ${isChosen(w) ? sayAffected(w) : 'the selection'}`,
    keys: 'Delete',
    needsSight: true,
    alias: 'remove',
    isOffered: isChosen,
    run: (w) => w.remove(affected(w)),
  },
  {
    id: 'delete-all',
    group: 'Captions',
    label: () => 'Delete all pictures',
    alias: 'remove clear',
    isOffered: (w) => hasCards(w) && !isChosen(w),
    run: (w) => w.remove(w.library.cards),
  },
  {
    id: 'undo',
    group: 'Captions',
    label: (w) => (w.history.newest === undefined ? 'Undo' : `Undo: ${w.history.newest.label.toLowerCase()}`),
    keys: 'Mod+Z',
    isOffered: (w) => w.history.newest !== undefined,
    run: (w) => w.undo(),
  },
  {
    id: 'redo',
    group: 'Captions',
    label: (w) => (w.history.newestUndone === undefined ? 'Do again' : `Do again: ${w.history.newestUndone.label.toLowerCase()}`),
    keys: 'Mod+Shift+Z',
    alias: 'redo repeat',
    isOffered: (w) => w.history.newestUndone !== undefined,
    run: (w) => w.redo(),
  },

  {
    id: 'models',
    group: 'View',
    label: () => 'Go to Models',
    alias: 'model load download checkpoint hub',
    run: (w) => void (w.room = 'models'),
  },
  {
    id: 'select-all',
    group: 'View',
    label: () => 'Select all',
    keys: 'Mod+A',
    needsSight: true,
    isOffered: (w) => hasCards(w) && w.gallery.openId === undefined && !isComparing(w),
    run: (w) => w.gallery.selectAll(),
  },
  {
    id: 'find',
    group: 'View',
    label: () => 'Find pictures',
    keys: '/',
    needsSight: true,
    alias: 'search filter',
    isOffered: hasCards,
    run: () => document.getElementById('find')?.focus(),
  },
  {
    id: 'view-grid',
    group: 'View',
    label: () => 'Show as a grid',
    isOffered: (w) => viewOf(w) !== 'grid',
    run: (w) => chooseView(w, 'grid'),
  },
  {
    id: 'view-list',
    group: 'View',
    label: () => 'Show as a list',
    isOffered: (w) => viewOf(w) !== 'list',
    run: (w) => chooseView(w, 'list'),
  },
  {
    id: 'panel',
    group: 'View',
    label: (w) => (w.settings.now.isPanelOpen ? 'Fold the panel' : 'Unfold the panel'),
    keys: 'P',
    needsSight: true,
    alias: 'sidebar prompt settings',
    run: (w) => w.settings.change({ isPanelOpen: !w.settings.now.isPanelOpen }),
  },
  {
    id: 'theme',
    group: 'View',
    label: (w) => `Theme: ${nextTheme(w.settings.now.theme)}`,
    keys: 'T',
    alias: 'dark light appearance',
    run: (w) => w.settings.change({ theme: nextTheme(w.settings.now.theme) }),
  },

  {
    id: 'reset-decoding',
    group: 'Prompt',
    label: () => 'Reset the decoding options',
    isOffered: (w) => Object.keys(w.prompting.changes).length > 0,
    run: (w) => resetDecoding(w),
  },
  { id: 'save-preset', group: 'Prompt', label: () => 'Save the prompt as a preset…', run: (w) => void (w.overlay = 'preset') },

  {
    id: 'model',
    group: 'Help',
    label: () => 'Model and machine',
    keys: 'M',
    alias: 'backend webgpu wasm gpu',
    run: (w) => void (w.overlay = 'model'),
  },
  {
    id: 'palette',
    group: 'Help',
    label: () => 'All acts',
    keys: 'Mod+K',
    run: (w) => void (w.overlay = w.overlay === 'palette' ? undefined : 'palette'),
  },
  { id: 'keys', group: 'Help', label: () => 'Keys', keys: '?', alias: 'shortcuts keyboard', run: (w) => void (w.overlay = 'keys') },
];

/** The acts that make sense now, presets included. */
export function offeredActs(workspace: Workspace): readonly Act[] {
  const chooseActs = workspace.prompting.presets.map(
    (preset): Act => ({
      id: `preset-${preset.id}`,
      group: 'Prompt',
      label: () => `Prompt: ${preset.label}`,
      alias: preset.prompt,
      run: (w) => choosePreset(w, preset.id),
    }),
  );
  return [...acts, ...chooseActs].filter((act) => act.isOffered?.(workspace) ?? true);
}

/** System, then light, then dark, and round again. */
function nextTheme(theme: 'system' | 'light' | 'dark'): 'system' | 'light' | 'dark' {
  if (theme === 'system') return 'light';
  return theme === 'light' ? 'dark' : 'system';
}
