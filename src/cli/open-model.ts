/** @file Opens the model that an option names, or the embedded one. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StudioError } from '../core/error.ts';
import { openBundle } from '../engine/bundle/bundle.ts';
import { openModel, type OpenModel } from '../engine/model.ts';
import { folderFiles } from './node-files.ts';
import { openNodeRuntime } from './ort-node.ts';

/**
 * Finds the embedded bundle from where this code lies: in a checkout, or in the published package.
 *
 * @throws {StudioError} 'file-missing' when it is not there
 */
export function embeddedBundle(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    for (const place of ['public', 'dist']) {
      const bundle = join(folder, place, 'bundles', 'llava-mini');
      if (existsSync(join(bundle, 'manifest.json'))) return bundle;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new StudioError('file-missing', 'the embedded model is not here; name one with --model');
    folder = parent;
  }
}

/** Opens a bundle's model in Node. */
export async function openNodeModel(folder: string | undefined): Promise<OpenModel> {
  const bundle = await openBundle(folderFiles(folder ?? embeddedBundle()));
  return openModel(openNodeRuntime(), bundle);
}
