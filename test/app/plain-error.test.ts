/** @file Errors in words: those of the studio by their code, those of a browser by their name. */
import { expect, it } from 'vitest';
import { StudioError } from '../../src/core/error.ts';
import { explainError } from '../../src/app/state/explain-error.ts';
import { toPlainError } from '../../src/app/state/plain-error.ts';

it.each([
  [new StudioError('network', 'no answer'), 'network'],
  [new DOMException('it was deleted', 'NotFoundError'), 'file-missing'],
  [Object.assign(new Error('it changed'), { name: 'NotReadableError' }), 'file-missing'], // as it comes from another thread
  [new TypeError('undefined is no function'), 'internal'],
  ['a text', 'internal'],
])('%s is told as %s', (error, code) => {
  const message = error instanceof Error ? error.message : error;
  expect(toPlainError(error)).toEqual({ code, message });
  expect(explainError(error)).toMatchObject({ code, detail: message });
});
