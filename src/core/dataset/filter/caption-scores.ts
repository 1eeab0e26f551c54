/** @file Scores of captions as filters ask for them: those that were computed, and those that came with a data set. */

import { StudioError } from '../../error.ts';
import { isMembers, type Members } from '../caption-record.ts';
import { createNameMatcher } from '../match-names.ts';
import type { DatasetItem } from '../item.ts';
import type { Filter } from './filter.ts';

/** Scores by name, such as `CIDEr`. */
export type CaptionScores = Readonly<Record<string, number>>;

/** Scores of one caption of one picture. */
export interface ScoredCaption {
  readonly file: string;
  readonly caption: string;
  readonly scores: CaptionScores;
}

/** Lists the names of scores that a filter asks for. */
export function askedScores(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.parts.flatMap(askedScores);
    case 'not':
      return askedScores(filter.part);
    case 'score':
      return [filter.name];
    case 'text':
    case 'number':
      return [];
    default:
      return filter satisfies never;
  }
}

/** Numbers of this kind in a picture's row are scores; others, such as its width, are not. */
const scoreLike = /score|clip|similarity|aesthetic|quality|cider|bleu|meteor|rouge|spice|chair/iu;

/** Finds the scores in the row that a picture came with: members of `scores`, and numbers whose names say that they are scores. */
export function importedScores(metadata: Members): CaptionScores {
  const { scores } = metadata;
  const all = [...Object.entries(metadata).filter(([name]) => scoreLike.test(name)), ...(isMembers(scores) ? Object.entries(scores) : [])];
  return Object.fromEntries(all.flatMap(([name, value]) => (typeof value === 'number' && Number.isFinite(value) ? [[name, value]] : [])));
}

/**
 * Reads what `evaluate --per-image` writes: a line for each picture with `file`, `caption` and scores.
 *
 * @throws {StudioError} 'file-invalid', naming the line
 */
export function readScoreLines(text: string, name: string): readonly ScoredCaption[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const { file, caption, ...rest } = readLine(line, `${name}, line ${String(index + 1)}`);
    if (typeof file !== 'string' || typeof caption !== 'string') {
      throw new StudioError(
        'file-invalid',
        `${name}, line ${String(index + 1)}: expected "file" and "caption", as evaluate --per-image writes them`,
      );
    }
    const scores = Object.entries(rest).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    return [{ file, caption, scores: Object.fromEntries(scores) }];
  });
}

function readLine(line: string, place: string): Members {
  try {
    const value: unknown = JSON.parse(line);
    if (isMembers(value)) return value;
  } catch {
    // told below
  }
  throw new StudioError('file-invalid', `${place}: expected a JSON object, as evaluate --per-image writes it`);
}

/** Makes a function that gives the scores of a picture's first caption: those that came with it, then those that were computed for exactly this caption. */
export function createScoreFinder(
  scored: readonly ScoredCaption[],
): (item: Pick<DatasetItem, 'path' | 'captions' | 'metadata'>) => CaptionScores {
  const find = createNameMatcher(scored);
  return ({ path, captions, metadata }) => {
    const [first] = captions;
    const found = first === undefined ? undefined : find({ file: path });
    const computed = found !== undefined && found.caption.trim() === first?.text.trim() ? found.scores : {};
    return { ...(first?.author.kind === 'file' ? importedScores(metadata) : {}), ...computed };
  };
}
