/** @file Bundles the command line into dist-cli/, one file beside the packages it needs. */
import { pathToFileURL } from 'node:url';
import { buildWhenStale } from './freshness.mjs';
import { root } from './process.mjs';

const sources = ['src/cli', 'src/engine', 'src/core', 'models', 'scripts/bundle-cli.mjs', 'package.json'];

async function bundle() {
  const { build } = await import('vite');
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: 'src/cli/main.ts',
      outDir: 'dist-cli',
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'caption-studio.js' } },
    },
  });
}

/** Brings dist-cli/ up to date. */
export async function ensureCommandLine() {
  await buildWhenStale({ output: 'dist-cli/caption-studio.js', sources, build: bundle });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await ensureCommandLine();
