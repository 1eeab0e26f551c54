/** @file The script that packs METEOR's word lists, against the reader. */
import { expect, it } from 'vitest';
import { packLexicon } from '../../../scripts/pack-meteor-data.mjs';
import { readMeteorLexicon, synsetsOf } from '../../../src/core/metric/meteor/lexicon.ts';

it('packs word lists that read back as they were', () => {
  const lexicon = readMeteorLexicon(
    packLexicon({
      synsets: 'goose\n01855672 10135129\ngander\n01855476\nbird\n01503061\nbirdie\n00300000 01503061\n',
      exceptions: 'goose\ngeese\n',
      functionWords: 'the\nof\n',
      prefixes: '# titles\nDr\nNo #NUMERIC_ONLY# \n',
    }),
  );
  const numbers = (word: string): unknown => Array.from(synsetsOf(word, lexicon), (place) => lexicon.synsetNumbers[place]);
  expect(['goose', 'geese', 'birds', 'birdie', 'dog'].map(numbers)).toEqual([
    [1855672, 10135129],
    [1855672, 10135129],
    [1503061],
    [300000, 1503061],
    [],
  ]);
  expect([...lexicon.functionWords]).toEqual(['the', 'of']);
  expect([...lexicon.prefixes]).toEqual([
    ['Dr', 'always'],
    ['No', 'before-number'],
  ]);
});
