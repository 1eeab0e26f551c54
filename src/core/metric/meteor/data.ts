/** @file What METEOR needs to know about English, as one value made of the bytes of its packed files. */

import { readMeteorLexicon } from './lexicon.ts';
import type { MeteorLexicon } from './lexicon.ts';
import { meteorModules } from './modules.ts';
import type { MeteorModule } from './modules.ts';
import { readParaphraseTable } from './paraphrase-table.ts';
import type { ParaphraseTable } from './paraphrase-table.ts';

/** METEOR's data; without the paraphrase table, `null`, the fourth matcher cannot be asked for. */
export interface MeteorData {
  readonly lexicon: MeteorLexicon;
  readonly paraphrases: ParaphraseTable | null;
}

/** Bytes of the packed files, after decompression. */
export interface MeteorFiles {
  /** Of `lexicon.dat`. */
  readonly lexicon: Uint8Array;
  /** Of `paraphrases.dat`; left out, the score is one of three matchers and must be named so. */
  readonly paraphrases?: Uint8Array;
}

/**
 * Reads METEOR's data. The caller loads the files and takes off their gzip compression; see docs/metrics-meteor.md.
 *
 * @throws {StudioError} 'file-invalid' when bytes contradict their format or are still compressed
 */
export function readMeteorData(files: MeteorFiles): MeteorData {
  return {
    lexicon: readMeteorLexicon(files.lexicon),
    paraphrases: files.paraphrases === undefined ? null : readParaphraseTable(files.paraphrases),
  };
}

/** Lists the matchers that the data can serve. */
export function availableMeteorModules(data: MeteorData): readonly MeteorModule[] {
  return data.paraphrases === null ? meteorModules.slice(0, 3) : meteorModules;
}
