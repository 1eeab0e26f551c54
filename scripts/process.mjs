/** @file Runs the programs that the other scripts need, from this checkout and with this Node. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program in the checkout, with this terminal, until it ends.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment] added to the present one
 * @returns {Promise<number>} its exit code; 1 where it could not be started or was killed
 */
export function run(program, args, environment = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Where the packages keep their command lines: run by path, so that no shell and no `npx` is needed on any system. */
const programs = {
  tsc: 'typescript/bin/tsc',
  'svelte-check': 'svelte-check/bin/svelte-check',
  eslint: 'eslint/bin/eslint.js',
  prettier: 'prettier/bin/prettier.cjs',
  depcruise: 'dependency-cruiser/bin/dependency-cruise.mjs',
  vite: 'vite/bin/vite.js',
  vitest: 'vitest/vitest.mjs',
};

/**
 * Runs the command line of an installed package.
 * @param {keyof typeof programs} name
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export function runTool(name, args) {
  return run(process.execPath, [join(root, 'node_modules', programs[name]), ...args]);
}
