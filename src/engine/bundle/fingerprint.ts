/** @file One hash for a whole bundle, to tell later whether captions come from the same model. */

import type { BundleManifest } from '../../../models/bundle.ts';
import { sha256 } from './verify.ts';

/**
 * Computes the hash of what a model computes with: its config and the hashes of its weights and side files. Name, source and the notes for
 * people do not count, nor does the order of the files.
 */
export async function fingerprintModel({ config, shards, files }: BundleManifest): Promise<string> {
  const lines = [...shards, ...files.filter(({ path }) => !/\.md$/iu.test(path))]
    .map((file) => `${file.sha256}  ${file.path}\n`)
    .toSorted();
  return sha256(new TextEncoder().encode(`${JSON.stringify(config)}\n${lines.join('')}`));
}
