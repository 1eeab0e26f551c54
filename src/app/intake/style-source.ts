/** @file What was dropped or picked, as a style: a zip, a folder of PEFT, or its files by themselves. */

import type { AdapterFile, AdapterSource } from '../../../workers/adapters-api.ts';
import { StudioError } from '../../core/error.ts';
import type { Intake } from './drop.ts';
import { pickFiles } from './pick-files.ts';

/** Finds the styles in what came in. @throws {StudioError} 'file-invalid' when there is none */
export function readStyles(intake: Intake): readonly AdapterSource[] {
  const files = [...intake.others, ...intake.pictures];
  const zips = files.filter(({ file }) => /\.zip$/iu.test(file.name));
  const folders = new Map<string, AdapterFile[]>();
  for (const { file, path = file.name } of files) {
    if (/\.zip$/iu.test(file.name)) continue;
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    const inside = folders.get(folder);
    if (inside) inside.push({ path, file });
    else folders.set(folder, [{ path, file }]);
  }
  const found: AdapterSource[] = zips.map(({ file }) => ({ kind: 'zip', name: file.name, file }));
  const isStyle = (inside: readonly AdapterFile[]): boolean =>
    inside.some(({ path }) => /(?:^|\/)(?:adapter_config|caption-studio)\.json$/u.test(path));
  const hasStyle = [...folders.values()].some(isStyle);
  for (const [folder, inside] of folders) {
    // Trainers leave folders of other things beside; where there is no style at all, the engine says what is missing.
    if (hasStyle ? !isStyle(inside) : !inside.some(({ path }) => /\.(?:safetensors|json)$/iu.test(path))) continue;
    found.push({ kind: 'files', name: folder.split('/').at(-1) || 'style', files: inside });
  }
  if (found.length === 0) {
    throw new StudioError('file-invalid', 'a style is a folder with adapter_config.json and adapter_model.safetensors, or a zip of one');
  }
  return found;
}

/** Lets the user choose zips or the files of a style; nothing chosen gives no styles. */
export async function pickStyles(): Promise<readonly AdapterSource[]> {
  const files = await pickFiles('.zip,.safetensors,.json,.md');
  if (files.length === 0) return [];
  return readStyles({ pictures: [], others: files.map((file) => ({ file })), address: undefined });
}
