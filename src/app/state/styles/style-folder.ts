/** @file Exporting a style as a folder, as PEFT has it. */

import { unpackInto } from '../../../storage/unpack-zip.ts';
import type { Notices } from '../notices.svelte.ts';
import type { StyleRecord } from './style-record.ts';
import type { Styles } from './styles.svelte.ts';

/** Whether this browser lets pages write into folders. */
export function canExportFolder(): boolean {
  return 'showDirectoryPicker' in window;
}

/** Writes a style into a folder of its name within one that the user picks; a closed picker is an answer. @throws {StudioError} 'permission', 'storage-full' */
export async function exportStyleFolder(styles: Pick<Styles, 'export'>, style: StyleRecord, notices: Notices): Promise<void> {
  const root = await pickRoot();
  if (root === undefined) return;
  const name = style.name.replaceAll(/[\\/:*?"<>|]/gu, '-').replace(/^\.+/u, '') || 'style';
  const folder = await root.getDirectoryHandle(name, { create: true });
  await unpackInto(folder, await styles.export(style, 'hf5'));
  notices.say({ title: `${style.name} exported`, text: `It lies in ${root.name === '' ? name : `${root.name}/${name}`}.` });
}

async function pickRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await window.showDirectoryPicker?.({ mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
