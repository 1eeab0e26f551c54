/** @file The singular of English nouns by the rules that CHAIR uses, oddities included: `glass` becomes `glas`. */

import { StudioError } from '../../error.ts';

/** The rules, ready to be used. */
export interface SingularRules {
  /** What may stand between the parts of a compound: `mothers-in-law`. */
  readonly prepositions: ReadonlySet<string>;
  /** Nouns with one form; an ending of such a noun has one form, too. */
  readonly unchanged: readonly string[];
  /** Nouns in `-ie`, which keep their `s`. */
  readonly ie: readonly string[];
  /** Endings with a singular of their own, in order. */
  readonly irregular: readonly (readonly [ending: string, singular: string])[];
  /** Patterns with what replaces them, in order. */
  readonly patterns: readonly (readonly [pattern: RegExp, replacement: string])[];
}

/** The form of the file. */
interface SingularFile {
  readonly plural_prepositions: readonly string[];
  readonly uninflected: readonly string[];
  readonly uncountable: readonly string[];
  readonly ie: readonly string[];
  readonly irregular: Readonly<Record<string, string>>;
  readonly rules: readonly (readonly [string, string])[];
}

/**
 * Parses `singularize-rules.json`.
 *
 * @throws {StudioError} 'file-invalid' when it is not that file
 */
export function parseSingularRules(name: string, text: string): SingularRules {
  try {
    const file = JSON.parse(text) as SingularFile;
    return {
      prepositions: new Set(file.plural_prepositions),
      unchanged: [...file.uninflected, ...file.uncountable],
      ie: file.ie.map((noun) => `${noun}s`),
      irregular: Object.entries(file.irregular),
      patterns: file.rules.map(([pattern, replacement]) => [translatePattern(pattern), replacement.replaceAll(/\\(\d)/gu, '$$$1')]),
    };
  } catch (cause) {
    throw new StudioError('file-invalid', `${name}: no rules of singular forms could be read; take the file that is shipped`, { cause });
  }
}

/**
 * Gives the singular of a word, or the word itself where no rule applies.
 *
 * @source PatternLite 3.6 `pattern.text.en.inflect.singularize`
 */
export function singularize(word: string, rules: SingularRules): string {
  const [head = '', middle] = word.split('-');
  if (middle !== undefined && rules.prepositions.has(middle)) return singularize(head, rules) + word.slice(head.length);
  if (word.endsWith("'")) return `${singularize(word.slice(0, -1), rules)}'s`;
  const lower = word.toLowerCase();
  if (rules.unchanged.some((noun) => noun.endsWith(lower))) return word;
  if (rules.ie.some((noun) => lower.endsWith(noun))) return lower;
  const irregular = rules.irregular.find(([ending]) => lower.endsWith(ending));
  if (irregular !== undefined) return word.slice(0, word.length - irregular[0].length) + irregular[1];
  const rule = rules.patterns.find(([pattern]) => word.search(pattern) >= 0);
  return rule === undefined ? word : word.replace(rule[0], rule[1]);
}

/** Python marks a pattern that ignores case at its front; here a flag says it. */
function translatePattern(pattern: string): RegExp {
  const ignoresCase = pattern.startsWith('(?i)');
  return new RegExp(ignoresCase ? pattern.slice(4) : pattern, ignoresCase ? 'gi' : 'g');
}
