/** @file Builds the service worker after the page, with the list of what the page is made of. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

/** Files for the host, not for the page. */
const hostFiles = new Set(['_headers', '.htaccess', 'vercel.json', 'service-worker.js']);

/** Large files that are kept when they are used: models and the runtimes. */
const keptWhenUsed = /^(adapters|bundles|metrics|tokenizers)\/|\.(wasm|md)$|\/ort-wasm/;

/** What the page reads before anybody asks for a model: which styles there are, and what the embedded model is. */
const keptAtOnce = /^adapters\/index\.json$|^bundles\/[^/]+\/manifest\.json$/;

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('base64url').slice(0, 16);
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !hostFiles.has(path))
    .sort();
}

/** Writes `service-worker.js` beside the built page; its bytes change exactly when the page's do. */
export function offline(): Plugin {
  let folder = '';
  let isPage = false;
  return {
    name: 'caption-studio:offline',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
      isPage = config.build.write && config.build.ssr === false;
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        if (!isPage) return;
        const files = listFiles(folder);
        const release = {
          shell: files.filter((path) => keptAtOnce.test(path) || !keptWhenUsed.test(path)),
          hashes: Object.fromEntries(files.map((path) => [path, hashOf(join(folder, path))])),
        };
        await build({
          configFile: false,
          publicDir: false,
          logLevel: 'warn',
          define: { STUDIO_RELEASE: JSON.stringify(release) },
          build: {
            outDir: folder,
            emptyOutDir: false,
            target: 'es2022',
            modulePreload: false,
            rolldownOptions: {
              input: 'src/service-worker/service-worker.ts',
              output: { format: 'iife', entryFileNames: 'service-worker.js' },
            },
          },
        });
      },
    },
  };
}
