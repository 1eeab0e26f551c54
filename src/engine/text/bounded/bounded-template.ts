/** @file Jinja templates of strangers, rendered within bounds: a checkpoint's template is a program, and a loop of a billion must not hold the engine. */

import { Environment, Template } from '@huggingface/jinja';
import { BoundedInterpreter } from './bounded-interpreter.ts';
import { Purse, valueCost } from './purse.ts';

/** The most characters a template may have; the longest that are published have some 20,000. */
export const maxTemplateCharacters = 2 ** 16;
/** White space in a row that the reader of templates would look at again and again. */
export const tooMuchSpace = /\s{1024}/u;

/** What a template may spend beside what it is given; published ones spend some ten thousand. */
const baseBudget = 4e6;
/** How often it may look at each character that it is given. */
const looksPerCharacter = 1000;

/** A template that was read. */
export interface BoundedTemplate {
  /** Gives the text. @throws {Error} what the template raises, or what the refusal makes */
  readonly render: (variables: Readonly<Record<string, unknown>>) => string;
}

/**
 * Reads a template.
 *
 * @throws {SyntaxError} when it is none
 * @param refuse makes the error for a rendering that would take too long or too much
 */
export function openBoundedTemplate(jinja: string, refuse: () => Error): BoundedTemplate {
  const { parsed } = new Template(jinja);
  return {
    render: (variables) => {
      const purse = new Purse(baseBudget + looksPerCharacter * JSON.stringify(variables).length, refuse);
      const scope = new Environment();
      for (const [name, value] of Object.entries({ ...globalsOf(purse), ...variables })) scope.set(name, value);
      return new BoundedInterpreter(scope, purse).run(parsed).toString();
    },
  };
}

/** What templates find beside their variables: the interpreter's own, with a range that is paid for. */
function globalsOf(purse: Purse): Readonly<Record<string, unknown>> {
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  const raise_exception = (message: unknown): string => new Template('{{ raise_exception(message) }}').render({ message });
  const range = (first: number, end?: number, step = 1): readonly number[] => {
    const [start, stop] = end === undefined ? [0, first] : [first, end];
    const count = Math.max(0, Math.ceil((stop - start) / step));
    purse.spend(valueCost * count);
    return Array.from({ length: count }, (_, i) => start + i * step);
  };
  const strftime_now = (format: string): string => new Template('{{ strftime_now(format) }}').render({ format });
  return { ...constants, raise_exception, range, strftime_now };
}
