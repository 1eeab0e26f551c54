/** @file Builds the page when its sources changed. */
import { buildWhenStale } from './freshness.mjs';
import { runTool } from './process.mjs';

const sources = [
  'src',
  'models',
  'workers',
  'public',
  'scripts/build',
  'index.html',
  'vite.config.ts',
  'tsconfig.base.json',
  'package-lock.json',
];

/** Brings dist/ up to date; ends the process where the build fails. */
export async function ensurePage() {
  await buildWhenStale({
    output: 'dist/index.html',
    sources,
    build: async () => {
      console.log('Building the page (once, and when it changed)…');
      const code = await runTool('vite', ['build', '--logLevel', 'warn']);
      if (code !== 0) process.exit(code);
    },
  });
}
