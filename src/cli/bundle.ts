/** @file `bundle verify`: compares the files of a bundle with the hashes in its manifest. */

import type { Command } from 'commander';
import { openBundle } from '../engine/bundle/bundle.ts';
import { findDamage } from '../engine/bundle/verify.ts';
import { existingFolder } from './open-model.ts';
import { progressLine } from './progress.ts';

/** Adds the verb to a program. */
export function addBundleCommand(program: Command): void {
  program
    .command('bundle')
    .description('look after model bundles')
    .command('verify')
    .description('compare every file of a bundle with the hash in its manifest')
    .argument('<folder>', 'a bundle')
    .action(verify);
}

async function verify(folder: string): Promise<void> {
  const bundle = await openBundle(await existingFolder(folder));
  const line = progressLine();
  const damage = await findDamage(bundle, {
    onProgress: (done, total) => {
      line.update('verified', done, total);
    },
  });
  line.clear();
  for (const error of damage) process.stderr.write(`${error.message}\n`);
  if (damage.length > 0) process.exitCode = 1;
  else process.stdout.write(`${folder}: whole\n`);
}
