/** @file What a format cannot hold of a data set, told before anything is written. */

import { endingOf, stemOf } from '../item.ts';
import { isFormula } from '../formula-guard.ts';
import { exportFormats, type ExportFormat, type ExportFormatFacts } from './export-format.ts';
import { textOf, textsOf, type ExportItem } from './export-item.ts';
import { bySplitFolder, columnsOf } from './image-folders.ts';
import { freeOf } from './json-lines.ts';
import { withoutPlaceBeside, type SidecarText } from './sidecars.ts';
import { hasHalfLetter } from './whole-letters.ts';

/** Something that an export leaves out or changes. */
export interface ExportLoss {
  /** In words, with what to do instead. */
  readonly message: string;
  /** What page and command line each have an act of their own for. */
  readonly remedy?: 'join-lines';
  /** Whether a table that is there already keeps what is left out. */
  readonly staysInTable?: true;
  readonly pictures: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

/** What of an export decides about its losses. */
interface Exporting {
  readonly format: ExportFormat;
  readonly sidecarText?: SidecarText;
  readonly guardsFormulas?: boolean;
  readonly beside?: ReadonlySet<string>;
}

/** Lists a loss where a picture has it. */
type FindLoss = (
  message: string,
  isLost: (row: ExportItem) => boolean,
  more?: Pick<ExportLoss, 'remedy' | 'staysInTable'>,
) => readonly ExportLoss[];

/** Lists the losses of an export; `missing` pictures could not go along. */
export function findLosses(rows: readonly ExportItem[], exporting: Exporting, missing: number): readonly ExportLoss[] {
  const { format } = exporting;
  const facts: ExportFormatFacts = exportFormats[format];
  const says = format === 'txt' ? (exporting.sidecarText ?? 'caption') : 'caption';
  const loss: FindLoss = (message, isLost, more = {}) => {
    const lost = rows.filter(isLost);
    if (lost.length === 0) return [];
    return [{ message, pictures: lost.length, examples: lost.slice(0, 3).map(({ item }) => item.path), ...more }];
  };
  const isText = format === 'txt' || format === 'caption';
  const isCsv = format === 'csv' || format === 'imagefolder-csv';
  const { beside } = exporting;
  const placeless = new Set(isText ? withoutPlaceBeside(rows, { ending: `.${format}`, ...(beside === undefined ? {} : { beside }) }) : []);
  const columns = format === 'imagefolder-jsonl' ? columnsOf([...bySplitFolder(rows).values()]).others : null;
  return [
    ...(missing > 0 ? [{ message: 'pictures that are not there are left out', pictures: missing, examples: [] }] : []),
    ...(facts.holdsAll || says === 'captions'
      ? []
      : loss('further captions are left out; jsonl, csv and coco hold all', (row) => textsOf(row).length > 1)),
    ...(facts.holdsTags || says.includes('tags')
      ? []
      : loss('tags are left out; caption, jsonl, csv and kohya hold them', ({ item }) => item.tags.length > 0)),
    ...(facts.holdsTags && facts.partsTagsByComma
      ? loss('tags with a comma come back as two', ({ item }) => item.tags.some((tag) => tag.includes(',')))
      : []),
    ...(facts.holdsMetadata
      ? []
      : loss(
          'further members of the pictures’ rows are left out; jsonl holds them',
          ({ item }) => Object.keys(freeOf(item.metadata)).length > 0,
          { staysInTable: true },
        )),
    ...(columns === null
      ? []
      : loss(
          'members of changing types, or in some splits alone, are left out; a column has one type in all metadata files',
          ({ item }) => Object.keys(freeOf(item.metadata)).some((key) => !columns.has(key)),
          { staysInTable: true },
        )),
    ...(isText
      ? loss('captions of several lines: some trainers read the first line alone', (row) => /[\r\n]/u.test(textOf(row).trim()), {
          remedy: 'join-lines',
        })
      : []),
    ...loss('names so long that no text can lie beside them are left out; rename them, or take a table', (row) => placeless.has(row)),
    ...(isCsv && exporting.guardsFormulas !== false
      ? loss('captions that begin like a formula get an apostrophe in front, which importing takes away', (row) =>
          textsOf(row).some(isFormula),
        )
      : []),
    ...(format === 'jsonl'
      ? []
      : loss('halves of letters, as of a cut emoji, become �; jsonl holds them', ({ item }) => {
          return [...item.captions.map(({ text }) => text), ...item.tags].some(hasHalfLetter);
        })),
    ...(format === 'html' ? loss('NUL signs become �, as in every web page; jsonl holds them', (row) => textOf(row).includes('\0')) : []),
    ...(format === 'kohya' ? kohyaLosses(rows, loss) : []),
    ...loss('captions are missing', (row) => textOf(row) === '' && !(says === 'tags' && row.item.tags.length > 0)),
  ];
}

/** Endings of pictures that the scripts look for; AVIF and JPEG XL only with plugins. @source kohya-ss/sd-scripts, library/train_util.py: IMAGE_EXTENSIONS */
const kohyaEndings = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp']);

/** Training stops where metadata names a picture that the scripts do not find. */
function kohyaLosses(rows: readonly ExportItem[], loss: FindLoss): readonly ExportLoss[] {
  const counts = new Map<string, number>();
  for (const { path } of rows) counts.set(stemOf(path), (counts.get(stemOf(path)) ?? 0) + 1);
  return [
    ...loss('kohya’s scripts find no picture with such an ending and stop; export others, or convert them to PNG or JPEG', ({ path }) => {
      return !kohyaEndings.has(endingOf(path));
    }),
    ...loss(
      'differ from another in the ending alone, which kohya’s scripts cannot tell apart; export with the pictures to rename them',
      ({ path }) => {
        return (counts.get(stemOf(path)) ?? 0) > 1;
      },
    ),
  ];
}
