/** @file The kinds of tokens, in the order in which the earlier wins where two match equally far. */

import { makeAbbreviations, makeSentenceStarters } from './abbreviations.ts';
import { currencySpec, makeCharacters, quoteSpec, sentenceEndSpec, symbolSpec, type Characters } from './characters.ts';
import { any, choice, maybe, noneOf, oneOf, repeat, sequence, some, text, words, type Pattern } from './pattern.ts';
import { makeAddressRules, makeTag } from './rules-web.ts';
import {
  bindBlanks,
  dropSoftHyphens,
  nameBracket,
  nameParentheses,
  plainAmpersand,
  plainAngle,
  shortenHyphens,
  spellCurrency,
  spellFraction,
  spellQuotes,
} from './spelling.ts';
import type { TokenRule } from './token-rule.ts';

/** Makes all rules. */
export function makeTokenRules(): readonly TokenRule[] {
  const chars = makeCharacters();
  return [
    { match: choice('cannot', "'twas"), putBack: 3 },
    { match: words("'tis gonna gotta lemme gimme wanna"), putBack: 2 },
    { match: makeTag(), write: bindBlanks }, // one token with whatever stands in it
    { match: choice(words('&MD; &mdash; &ndash;'), oneOf('\u0096\u0097\u2013\u2014\u2015')), write: () => '--' },
    { match: text('&amp;'), write: plainAmpersand },
    { match: sequence('&', choice(words('HT TL UR LR QC QL QR odq cdq'), sequence('#', some(oneOf('0-9')))), ';') },
    ...makeWordRules(chars),
    ...makeAddressRules(chars.letter),
    { match: makeClitic(chars), before: noneOf('A-Za-z'), write: closing },
    { match: makeNegation(chars), before: noneOf('A-Za-z'), write: closing },
    ...makeNumberRules(chars),
    { match: makeFixedToken(chars), write: plainAmpersand },
    { match: makeSlashed() },
    { match: choice(sequence(any(oneOf('A-Z')), '$'), '#') },
    { match: oneOf(currencySpec), write: spellCurrency },
    ...makeAbbreviationRules(chars),
    { match: makeFileName(chars), before: choice(chars.white, oneOf('.?!,')) },
    { match: sequence(makeWord(chars), '.'), before: oneOf(innerPunctuation), write: dropSoftHyphens },
    makePhoneRule(),
    { match: choice('"', '&quot;'), before: oneOf('A-Za-z0-9$'), write: opening },
    { match: choice('"', '&quot;'), write: closing },
    { match: choice('<', '&lt;', '>', '&gt;'), write: plainAngle },
    ...makeFaceRules(),
    { match: oneOf('{}[]()'), write: nameBracket },
    { match: some('-'), write: shortenHyphens },
    {
      match: choice(repeat('.', 3, 5), sequence(repeat(sequence('.', oneOf(' \u00A0')), 2, 4), '.'), oneOf('\u0085\u2026')),
      write: () => '...',
    },
    { match: choice(some('@'), some('#'), some('_')) },
    { match: choice(some('*'), repeat('\\*', 1, 3)) },
    { match: oneOf(innerPunctuation) },
    { match: some(oneOf('?!')) },
    { match: oneOf(sentenceEndSpec) },
    { match: oneOf('=/') },
    ...makeCompoundRules(chars),
    { match: text("'"), before: sequence(oneOf('A-Za-z'), noneOf(' \t\n\r\u00A0')), write: opening },
    { match: makeClitic(chars), write: closing },
    { match: choice(chars.apostrophe, "''", repeat(oneOf(quoteSpec), 1, 2)), write: closing },
    { match: choice('<<', '>>') },
    { match: oneOf(symbolSpec) },
    { match: choice('\0', some(chars.blank), oneOf('\u200B\u200E\u200F\uFEFF'), chars.newline, '&nbsp;', '\u007F'), write: null },
  ];
}

const innerPunctuation = ',;:\u3001';

const opening = (matched: string): string => spellQuotes(matched, true);
const closing = (matched: string): string => spellQuotes(matched, false);

/** A word; an inner `.`, `!` or `?` without blanks does not end it. */
function makeWord(chars: Characters): Pattern {
  const run = sequence(chars.letter, any(choice(chars.letter, chars.digit)));
  return sequence(run, any(sequence(oneOf('.!?'), run)));
}

/** `'s`, `'ll` and their like. */
function makeClitic(chars: Characters): Pattern {
  return sequence(chars.apostrophe, choice(oneOf('msdMSD'), words('re ve ll')));
}

/** `n't`. */
function makeNegation(chars: Characters): Pattern {
  return sequence('n', chars.looseApostrophe, 't');
}

function makeWordRules(chars: Characters): readonly TokenRule[] {
  const negatable = sequence(any(oneOf('A-Za-z\u00AD')), oneOf('A-MO-Za-mo-z'), any(oneOf('\u00AD')));
  const { apostrophe, looseApostrophe, alphabetic } = chars;
  const withApostrophe = choice(
    sequence(apostrophe, 'n', maybe(apostrophe)),
    sequence(oneOf('lLdDjJ'), apostrophe),
    sequence(words('Dunkin somethin ol'), apostrophe),
    sequence(apostrophe, choice('em', 'till', 'til', 'cause', sequence(oneOf('2-9'), '0s'))),
    sequence(oneOf('A-HJ-XZn'), looseApostrophe, alphabetic, some(alphabetic)),
    sequence(some(alphabetic), oneOf('aeiouyAEIOUY'), looseApostrophe, oneOf('aeiouA-Z'), any(alphabetic)),
    sequence("cont'd", maybe('.')),
    words("nor'easter c'mon e'er s'mores ev'ry li'l nat'l"),
    sequence('O', looseApostrophe, 'o'),
  );
  return [
    { match: makeWord(chars), before: makeClitic(chars), write: dropSoftHyphens },
    { match: negatable, before: makeNegation(chars), write: dropSoftHyphens },
    { match: makeWord(chars), write: dropSoftHyphens },
    { match: withApostrophe },
    { match: sequence('y', apostrophe), before: alphabetic },
  ];
}

function makeNumberRules(chars: Characters): readonly TokenRule[] {
  const { digit } = chars;
  const upTo = (count: number, least = 1): Pattern => repeat(digit, least, count);
  const separator = oneOf('.:,\u00AD\u066B\u066C');
  const number = choice(some(digit), sequence(any(digit), some(sequence(separator, some(digit)))));
  return [
    { match: sequence(upTo(2), oneOf('/-'), upTo(2), oneOf('/-'), upTo(4, 2)) },
    { match: sequence(maybe(oneOf('+-')), number), write: dropSoftHyphens },
    {
      match: sequence(
        maybe(oneOf('\u207A\u207B\u208A\u208B')),
        choice(some(oneOf('\u2070\u00B9\u00B2\u00B3\u2074-\u2079')), some(oneOf('\u2080-\u2089'))),
      ),
    },
    {
      match: sequence(maybe(sequence(upTo(4), oneOf(' \u00A0-'))), upTo(4), choice(sequence(maybe('\\'), '/'), '\u2044'), upTo(4)),
      write: bindBlanks,
    },
    { match: oneOf('\u00BC-\u00BE\u2153-\u215E'), write: spellFraction },
  ];
}

function makeFixedToken(chars: Characters): Pattern {
  const ampersand = choice('&', '&amp;');
  return choice(
    sequence('-', words('RRB LRB RCB LCB RSB LSB'), '-'),
    words('C.D.s pro- anti- C++ C# F#'),
    sequence('S', ampersand, 'P-500'),
    sequence('S', ampersand, 'Ls'),
    sequence('Cap', chars.apostrophe, 'n'),
    sequence('c', chars.apostrophe, 'est'),
  );
}

/** The name of a file whose kind is old enough. */
function makeFileName(chars: Characters): Pattern {
  const part = some(choice(chars.letter, chars.digit));
  return sequence(part, any(sequence('.', part)), '.', words(fileEndings));
}

const fileEndings =
  'bat bmp c class cgi cpp dll docx? exe gif gz h html? jar java jpe?g mov mp3 pdf php pl png ppt ps py sql tar txt wav x xml zip';

/** `and/or`, `24/7`, `red-white/blue`. */
function makeSlashed(): Pattern {
  const side = sequence(some(oneOf('A-Za-z0-9')), repeat(sequence('-', some(oneOf('A-Za-z'))), 0, 2));
  return sequence(side, repeat(sequence(maybe('\\'), '/', side), 1, 2));
}

function makeAbbreviationRules(chars: Characters): readonly TokenRule[] {
  const { blank, white } = chars;
  const { insideSentence, beforeName, beforeNumber, acronym } = makeAbbreviations();
  const sentenceEnd = { putBack: 1, keepsPutBack: true };
  const nextSentence = sequence(some(white), choice(sequence(makeSentenceStarters(), white), makeTag()));
  return [
    { match: sequence(acronym, '.'), before: nextSentence, ...sentenceEnd },
    { match: oneOf('A-Za-z'), before: sequence('.', nextSentence) },
    { match: beforeNumber, before: sequence(maybe(white), chars.digit) },
    { match: sequence(choice(sequence('pt', oneOf('eyEY')), 'co'), '.'), before: sequence(blank, words('ltd lim')) },
    { match: insideSentence, before: sequence(white, choice(white, chars.upper, makeTag())), ...sentenceEnd },
    { match: insideSentence, before: repeat(noneOf(''), 2, 2) }, // also where a single letter follows, as in `Wash.D`
    { match: sequence(beforeName, '.') },
    { match: beforeName, before: blank },
    { match: acronym, before: white },
    { match: sequence(chars.apostrophe, repeat(oneOf('0-9'), 2, 2)), before: white },
  ];
}

function makePhoneRule(): TokenRule {
  const digits = (least: number, most: number): Pattern => repeat(oneOf('0-9'), least, most);
  const gap = oneOf(' \u00A0-');
  const country = maybe(sequence('+', maybe('+')));
  const area = choice(
    sequence('(', digits(2, 3), ')', maybe(oneOf(' \u00A0'))),
    sequence(country, maybe(sequence(digits(2, 4), gap)), digits(2, 4), gap),
  );
  const dotted = sequence(maybe(sequence(country, digits(2, 4), '.')), digits(2, 4), '.', digits(3, 4), '.', digits(3, 5));
  const match = choice(sequence(area, digits(3, 4), maybe(gap), digits(3, 5)), dotted);
  return { match, write: (matched) => nameParentheses(bindBlanks(matched)) };
}

/** Faces made of punctuation, lying and upright. */
function makeFaceRules(): readonly TokenRule[] {
  const eye = oneOf('^x=~<>');
  const anyEye = oneOf("^x=~<>'-");
  const upright = choice(
    sequence(anyEye, '_', anyEye),
    sequence('(', anyEye, maybe(oneOf('_.')), anyEye, ')'),
    sequence('(', oneOf("^x=~<>'"), '-', oneOf("^x=~<>'`"), ')'),
    sequence(eye, '.[^x=~<>]'), // the reference means the class of eyes and has its text, by a slip
  );
  return [
    {
      match: sequence(maybe(oneOf('<>')), oneOf(':;='), maybe(oneOf("o*'-")), oneOf('()DPdpO\\{@|[]')),
      before: noneOf('A-Za-z0-9'),
      write: nameParentheses,
    },
    { match: upright, write: nameParentheses },
  ];
}

/** Words joined by hyphens, words that begin with digits, and names of letters joined by `&` or `+`. */
function makeCompoundRules(chars: Characters): readonly TokenRule[] {
  const { ascii, alphabetic, digit } = chars;
  const { acronym } = makeAbbreviations();
  const hyphenated = sequence(
    ascii,
    any(oneOf('A-Za-z0-9.,\u00AD')),
    some(sequence('-', choice(some(oneOf('A-Za-z0-9\u00AD')), sequence(acronym, '.')))),
  );
  const alphanumeric = choice(alphabetic, digit);
  const part = sequence(maybe(sequence(oneOf('dDoOlL'), chars.looseApostrophe, alphanumeric)), some(alphanumeric));
  const joined = sequence(part, any(sequence(chars.hyphen, part)));
  const capitals = some(oneOf('A-Z'));
  const initials = sequence(capitals, some(sequence(choice('+', '&', '&amp;'), capitals)));
  const inner = oneOf(innerPunctuation);
  return [
    { match: sequence(hyphenated, '.'), before: inner, write: dropSoftHyphens },
    { match: hyphenated, write: dropSoftHyphens },
    { match: sequence(joined, '.'), before: inner },
    { match: joined },
    { match: sequence(initials, '.'), before: inner, write: plainAmpersand },
    { match: initials, write: plainAmpersand },
  ];
}
