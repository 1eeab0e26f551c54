/** @file Abbreviations that keep their period. `?` makes the letter before it optional; `^` keeps the case of the letter after it. */

import { choice, oneOf, sequence, some, words, type Pattern } from './pattern.ts';

/** Abbreviations by what may follow them. */
export interface Abbreviations {
  /** Normally inside of a sentence: before a capital the sentence ends and a period is added. With the period. */
  readonly insideSentence: Pattern;
  /** Normally before a name: never ends a sentence. Without the period. */
  readonly beforeName: Pattern;
  /** Abbreviations only before a number. With the period. */
  readonly beforeNumber: Pattern;
  /** Single letters joined by periods, without the last one; at least two. */
  readonly acronym: Pattern;
}

/** Makes the patterns of abbreviations. */
export function makeAbbreviations(): Abbreviations {
  const initial = oneOf('A-Za-z');
  const acronym = choice(
    sequence(initial, some(sequence('.', initial))),
    sequence(words('Canada Sino Korean EU Japan non'), '-U.S'),
    sequence('U.S.-', choice('U.K', 'U.S.S.R')),
  );
  return {
    insideSentence: sequence(
      choice(
        words(months),
        words(days),
        words(states),
        words(companies),
        words(units),
        words('Jr Sr Bros Ed.D Ph.D Blvd Rd Esq etc al seq'),
      ),
      '.',
    ),
    beforeName: choice(initial, words(titles), words('ft vs Alex Wm Jos Cie a.k.a cf TREAS Ph Invt Elec Natl Mfg Mtg Dept'), acronym),
    beforeNumber: sequence(words('ca figs? prop nos? art bldg pp op'), '.'),
    acronym,
  };
}

/** After an acronym at the end of a sentence one of these words, so written, begins the next sentence. */
export function makeSentenceStarters(): Pattern {
  return choice(
    ...starters.split(' ').map((word) => sequence(oneOf(word.charAt(0)), word.slice(1))),
    sequence(oneOf('M'), 'r.'),
    sequence(oneOf('M'), 's.'),
  );
}

const months = 'Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec';
const days = 'Mon Tue Tues Wed Thu Thurs Fri';
const states =
  'Ala Ariz ^Az ^Ark Calif Colo Conn Ct Dak ^Del Fla Ga ^Ill Ind Kans? Ky ^La ^Mass Md Mich Minn ^Miss Mo Mont Neb Nev Okla ^Ore ^Pa Penn Tenn ^Tex Va Vt ^Wash Wisc? Wyo';
const companies = 'Inc Cos? Corp Pp?tys? Ltd Plc Bancorp Bhd Assn Univ Intl Sys';
const units = 'tel est ext sq';
const titles =
  'Mr Mrs Ms ^Miss Drs? Profs? Sens? Reps? Attys? Lt Col Gen Messrs Govs? Adm Rev Maj Sgt Cpl Pvt Mt Capt Ste? Ave Pres Lieut Hon Brig Co?mdr Pfc Spc Supts? Det';
const starters =
  'About According Additionally After An A As At But Earlier He Her Here However If In It Last Many More Now Once One Other Our She Since So Some Such ' +
  'That The Then There These They This We When While What Yet You';
