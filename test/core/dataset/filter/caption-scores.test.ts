import { describe, expect, it } from 'vitest';
import { askedScores, createScoreFinder, importedScores, readScoreLines } from '../../../../src/core/dataset/filter/caption-scores.ts';
import { passesFilter } from '../../../../src/core/dataset/filter/filter.ts';
import { requireFilter } from '../../../../src/core/dataset/filter/parse.ts';
import { makeFilterRecord } from '../../../../src/core/dataset/filter/record.ts';
import { isSameScore } from '../../../../src/core/dataset/filter/score-name.ts';
import { makeItem, type Author } from '../../../../src/core/dataset/item.ts';

const file: Author = { kind: 'file', file: 'metadata.jsonl' };

describe('scores in filters', () => {
  it.each([
    ['cider', 'CIDEr'],
    ['rouge-l', 'ROUGE_L'],
    ['bleu4', 'Bleu_4'],
    ['clip', 'clip_score'],
    ['clip', 'CLIPScore'],
    ['score', 'Score'],
  ])('%s asks for %s', (asked, name) => {
    expect(isSameScore(asked, name)).toBe(true);
    expect(passesFilter(requireFilter(`score:${asked}<0.5`), makeFilterRecord('a.png', { scores: { [name]: 0.4 } }))).toBe(true);
    expect(passesFilter(requireFilter(`score:${asked}<0.3`), makeFilterRecord('a.png', { scores: { [name]: 0.4 } }))).toBe(false);
  });

  it('tells apart scores that differ by more than the writing of their names', () => {
    expect(isSameScore('CIDEr', 'CIDEr_plain')).toBe(false);
    expect(isSameScore('Bleu_1', 'Bleu_4')).toBe(false);
  });

  it('are listed, however deep they stand', () => {
    expect(askedScores(requireFilter('dog -(score:clip<0.2 OR (cat score:CIDEr>1))'))).toEqual(['clip', 'CIDEr']);
  });

  it('are found in the row of a picture, where other numbers are none', () => {
    expect(
      importedScores({ width: 640, id: 7, clip_score: 0.31, aesthetic: 5.5, similarity: 'high', scores: { mine: 2, text: 'x' } }),
    ).toEqual({
      clip_score: 0.31,
      aesthetic: 5.5,
      mine: 2,
    });
  });

  it('count for exactly the caption that they were computed for', () => {
    const lines =
      '{"file": "a.png", "caption": "A dog.", "CIDEr": 1.5, "METEOR": null}\n\n{"file": "b.png", "caption": "Old.", "CIDEr": 0.1}\n';
    const scoresOf = createScoreFinder(readScoreLines(lines, 'scores.jsonl'));
    const item = (path: string, text: string, author: Author = { kind: 'person' }) =>
      makeItem(path, { captions: [{ text, author }], metadata: { clip_score: 0.2 } });
    expect(scoresOf(item('set/a.png', 'A dog. '))).toEqual({ CIDEr: 1.5 });
    expect(scoresOf(item('set/b.png', 'New.'))).toEqual({});
    expect(scoresOf(item('set/b.png', 'Old.', file))).toEqual({ CIDEr: 0.1, clip_score: 0.2 });
    expect(scoresOf(makeItem('set/c.png'))).toEqual({});
  });

  it.each([
    ['not json', 'line 1: expected a JSON object'],
    ['{"file": "a.png"}', 'line 1: expected "file" and "caption"'],
  ])('are refused by line: %s', (text, message) => {
    expect(() => readScoreLines(text, 'scores.jsonl')).toThrow(message);
  });
});
