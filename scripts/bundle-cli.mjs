/** @file Bundles the command line into dist-cli/, one file beside the packages it needs. */
import { pathToFileURL } from 'node:url';
import { buildWhenStale } from './freshness.mjs';
import { root } from './process.mjs';

const sources = ['src/cli', 'src/engine', 'src/core', 'models', 'scripts/bundle-cli.mjs', 'package.json'];

/**
 * Bundles the command line.
 * @param {string} folder where to, within the checkout
 */
export async function bundleCommandLine(folder) {
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: 'src/cli/main.ts',
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'caption-studio.js' } },
    },
  });
}

/** Brings dist-cli/ up to date. */
export async function ensureCommandLine() {
  await buildWhenStale({ output: 'dist-cli/caption-studio.js', sources, build: () => bundleCommandLine('dist-cli') });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureCommandLine();
