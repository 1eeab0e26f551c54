/** @file `npm run -s studio -- <verb>`: runs the command line of this checkout, bundled again when its sources changed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.mjs';

// Looking at every package costs more than the start itself: only a checkout without any is installed here.
if (!existsSync(join(root, 'node_modules/.package-lock.json'))) {
  const { ensureInstalled } = await import('./install.mjs');
  await ensureInstalled();
}
const { ensureCommandLine } = await import('./bundle-cli.mjs');
await ensureCommandLine();

// npm runs scripts in the checkout; the paths that somebody typed are relative to where they stand.
if (process.env.npm_lifecycle_event === 'studio' && process.env.INIT_CWD !== undefined) process.chdir(process.env.INIT_CWD);

await import(new URL('../dist-cli/caption-studio.js', import.meta.url).href);
