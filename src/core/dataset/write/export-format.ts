/** @file The formats in which data sets go out, and what each of them can hold. */

/** What a format can hold. */
export interface ExportFormatFacts {
  /** What it is called on the screen. */
  readonly title: string;
  /** Who reads it. */
  readonly readBy: string;
  /** Whether it holds more than one caption a picture. */
  readonly holdsAll: boolean;
  readonly holdsTags: boolean;
  /** Tags are one text between commas, so that a tag cannot have a comma of its own. */
  readonly partsTagsByComma: boolean;
  readonly holdsSplit: boolean;
  /** Further members of a picture's row. */
  readonly holdsMetadata: boolean;
}

const nothing = { holdsAll: false, holdsTags: false, partsTagsByComma: false, holdsSplit: false, holdsMetadata: false } as const;
const everything = { holdsAll: true, holdsTags: true, partsTagsByComma: false, holdsSplit: true, holdsMetadata: true } as const;

/** All formats by the name that is typed. */
export const exportFormats = {
  txt: { title: 'Text beside each picture (.txt)', readBy: 'kohya, OneTrainer, ai-toolkit, SimpleTuner', ...nothing },
  caption: {
    title: 'Text beside each picture (.caption, tags in .txt)',
    readBy: 'kohya, everyDream',
    ...nothing,
    holdsTags: true,
    partsTagsByComma: true,
  },
  kohya: { title: 'kohya metadata (JSON)', readBy: 'kohya’s sd-scripts', ...everything, holdsAll: false, partsTagsByComma: true },
  'imagefolder-jsonl': { title: 'Hugging Face ImageFolder (metadata.jsonl)', readBy: 'datasets, diffusers', ...everything },
  'imagefolder-csv': {
    title: 'Hugging Face ImageFolder (metadata.csv)',
    readBy: 'datasets, diffusers',
    ...everything,
    partsTagsByComma: true,
    holdsMetadata: false,
  },
  coco: { title: 'COCO captions (JSON)', readBy: 'pycocotools, evaluation', ...everything },
  'coco-results': { title: 'COCO results (JSON)', readBy: 'pycocoevalcap', ...nothing },
  csv: { title: 'Table (CSV)', readBy: 'spreadsheets', ...everything, partsTagsByComma: true, holdsMetadata: false },
  jsonl: { title: 'JSON lines', readBy: 'this program, scripts', ...everything },
  webdataset: { title: 'WebDataset shards (tar)', readBy: 'webdataset, img2dataset, OpenCLIP', ...everything },
  html: { title: 'Web page with alternative texts (HTML)', readBy: 'browsers', ...nothing },
} as const satisfies Readonly<Record<string, ExportFormatFacts>>;

/** The name of a format. */
export type ExportFormat = keyof typeof exportFormats;

/** Tells whether a name is a format's. */
export function isExportFormat(name: string): name is ExportFormat {
  return Object.hasOwn(exportFormats, name);
}
