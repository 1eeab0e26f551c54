/** @file How the page is built and served, and the three test projects: in Node, in a browser, and against the built page. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions } from 'vite';
import { configDefaults, defineConfig } from 'vitest/config';
import { hostFiles } from './scripts/build/host-files.ts';
import { offline } from './scripts/build/offline.ts';
import { hostHeaders, isolationHeaders } from './scripts/build/security.ts';
import { findChromium } from './scripts/find-chromium.mjs';
import { chromiumArgs } from './test/helpers/chromium.ts';

/** onnxruntime-web's own switch for glue and wasm as separate files instead of one bundle. */
const externalWasm = 'onnxruntime-web-use-extern-wasm';

/** How long a test asks again and again for what is to come; of its own vitest gives up after a second, which a busy machine may need. @unit ms */
const patienceMs = 30_000;

/** Where no browser is found, tests in Node still run; scripts/test.mjs says what to do about the others. */
const chromium = findChromium();
const browserPath = chromium === undefined ? {} : { executablePath: chromium };

/** Names the runtime's `.mjs` files `.js`: several hosts send the former with a type that browsers refuse. */
function plainScripts(asset: { names: string[] }): string {
  const isScript = asset.names.some((name) => name.endsWith('.mjs'));
  return isScript ? 'assets/[name]-[hash].js' : 'assets/[name]-[hash][extname]';
}

export default defineConfig({
  base: './',
  plugins: [svelte({ configFile: false }), hostFiles(), offline()],
  resolve: { conditions: [externalWasm, ...defaultClientConditions] },
  // Pre-bundling would move the runtime away from the files that it finds beside itself.
  // Icons that are found late, in windows that open later, would make the tests' server start again in the middle of a test.
  optimizeDeps: { exclude: ['onnxruntime-web', '@lucide/svelte'] },
  worker: { format: 'es', rolldownOptions: { checks: { bundlerTimings: false }, output: { assetFileNames: plainScripts } } },
  server: { headers: isolationHeaders },
  preview: { headers: hostHeaders },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { bundlerTimings: false }, // where the bundler's time goes is no news to who starts the studio
      output: {
        assetFileNames: plainScripts,
        // What the first screen needs is one script: in dozens that rooms share, it would be larger and take a request each.
        codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] },
      },
    },
  },
  test: {
    exclude: [...configDefaults.exclude, 'dist/**'],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/{core,models,engine,cli,parity}/**/*.test.ts'],
          setupFiles: ['test/helpers/property-seed.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: '100%', // many of these wait for processes; by default a core is left idle
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/{workers,storage,app}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          env: { WEBGPU: process.env.WEBGPU ?? 'software' },
          setupFiles: ['test/helpers/patience.ts'],
          expect: { poll: { timeout: patienceMs } },
          sequence: { groupOrder: 1 }, // software rendering wants the machine for itself
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { ...browserPath, args: chromiumArgs() } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts', 'test/budget.test.ts'],
          testTimeout: 480_000,
          hookTimeout: 480_000,
          setupFiles: ['test/helpers/patience.ts'],
          expect: { poll: { timeout: 4 * patienceMs } }, // as long as Playwright waits there
          fileParallelism: false, // two pages with a model in each take from each other what either saves by not waiting
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
