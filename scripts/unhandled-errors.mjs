/** @file A reporter for vitest: writes down the errors that belong to no test, which its JSON report leaves out. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './process.mjs';
import { tellUnhandled } from './test-results.mjs';

/** Where they are written to: JSON, a list. */
export const unhandledFile = join(root, '.cache/unhandled-errors.json');

/** Hears of them when a run is over. */
export default class UnhandledErrors {
  /**
   * Writes the errors of a run down, none too.
   * @param {readonly unknown[]} _modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(_modules, errors) {
    mkdirSync(dirname(unhandledFile), { recursive: true });
    writeFileSync(unhandledFile, JSON.stringify(errors.map(tellUnhandled)));
  }
}
