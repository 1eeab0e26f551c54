/** @file Exporting a style: under whose names, and as a folder as PEFT has it. */

import type { AdapterSummary } from '../../../../workers/adapters-api.ts';
import type { PeftLayout } from '../../../core/peft/layout.ts';
import { unpackInto } from '../../../storage/unpack-zip.ts';
import type { Notices } from '../notices.svelte.ts';
import type { StyleRecord } from './style-record.ts';
import type { Styles } from './styles.svelte.ts';

/** The names that weights can be written under, the usual ones first. */
export const layoutChoices: readonly { readonly layout: PeftLayout; readonly label: string; readonly hint: string }[] = [
  { layout: 'hf5', label: 'PEFT, transformers 4.52 or newer', hint: 'The usual choice.' },
  { layout: 'hf4', label: 'PEFT, older transformers', hint: 'Up to 4.51.' },
  { layout: 'llava', label: 'LLaVA’s own names', hint: 'The original code, and the bare text model.' },
];

/** Tells whether PEFT has a form for a style. */
export function hasPeftForm({ kind, placement }: Pick<AdapterSummary, 'kind' | 'placement'>): boolean {
  return kind !== 'weights' && placement !== 'prompt';
}

/** Whether this browser lets pages write into folders. */
export function canExportFolder(): boolean {
  return 'showDirectoryPicker' in window;
}

/** What goes out, and how. */
export interface FolderExport {
  readonly styles: Pick<Styles, 'export'>;
  readonly style: StyleRecord;
  readonly layout: PeftLayout;
  readonly notices: Notices;
}

/**
 * Writes a style into a new folder of its name within one that the user picks; a closed picker is an answer, told by false.
 *
 * @throws {StudioError} 'permission', 'storage-full'
 */
export async function exportStyleFolder({ styles, style, layout, notices }: FolderExport): Promise<boolean> {
  const root = await pickRoot();
  if (root === undefined) return false;
  const zip = await styles.export(style, layout);
  const name = await freeFolderName(root, style.name.replaceAll(/[\\/:*?"<>|]/gu, '-').replace(/^\.+/u, '') || 'style');
  await unpackInto(await root.getDirectoryHandle(name, { create: true }), zip);
  notices.say({ title: `${style.name} exported`, text: `It lies in ${root.name === '' ? name : `${root.name}/${name}`}.` });
  return true;
}

/** What lies there already may be somebody's work. */
async function freeFolderName(root: FileSystemDirectoryHandle, wanted: string): Promise<string> {
  const taken = new Set<string>();
  for await (const name of root.keys()) taken.add(name.toLowerCase());
  let free = wanted;
  for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${wanted} ${String(count)}`;
  return free;
}

async function pickRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await window.showDirectoryPicker?.({ mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
