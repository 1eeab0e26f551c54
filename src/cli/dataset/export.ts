/** @file `dataset import` and `dataset export`: a data set from any form into another. */

import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { OutputFile } from '../../core/archive/file-entry.ts';
import { writeTar } from '../../core/archive/write-tar.ts';
import { writeZip } from '../../core/archive/write-zip.ts';
import { assignSplits, parseShares } from '../../core/dataset/edit/assign-splits.ts';
import { isExportFormat } from '../../core/dataset/write/export-format.ts';
import { outputFiles, planExport, previewExport, type ExportOptions, type ExportPlan } from '../../core/dataset/write/plan-export.ts';
import type { SidecarText } from '../../core/dataset/write/sidecars.ts';
import { present, StudioError } from '../../core/error.ts';
import { progressLine } from '../progress.ts';
import { loadDataset, type DatasetFlags, type LoadedDataset } from './load.ts';
import { print, printJson, printSome, sayFates, sayPlan, sayPreviews, sayReading } from './report.ts';
import { writeStream } from './write-archive.ts';
import { mergeInPlace, type InPlace } from './merge-in-place.ts';
import { foreseeWriting, placeBelow, writeFiles, type PlacedFile, type WriteFate } from './write-files.ts';

/** Options as they are typed. */
export interface ExportFlags extends DatasetFlags {
  readonly format: string;
  readonly out?: string;
  readonly inPlace?: boolean;
  readonly pictures: boolean;
  readonly splits?: string;
  readonly name?: string;
  readonly sidecarText?: SidecarText;
  readonly formulaGuard: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Where an export goes: below a folder, beside the pictures, into one archive, into one file, to standard output. */
type Target =
  | { readonly kind: 'folder' | 'zip' | 'tar' | 'file'; readonly place: string }
  | { readonly kind: 'in-place' | 'standard-output' };

/** Runs an export. */
export async function runExport(places: readonly string[], flags: ExportFlags): Promise<void> {
  if (!isExportFormat(flags.format))
    throw new StudioError('argument-invalid', `--format ${flags.format}: is unknown; --help lists the formats`);
  const target = targetOf(flags);
  const shares = flags.splits === undefined ? null : parseShares(flags.splits);
  const found = await loadDataset(places, flags);
  const loaded = shares === null ? found : { ...found, items: assignSplits(found.items, shares) };
  if (target.kind === 'folder' && loaded.sources.folder !== null && isWithin(loaded.sources.folder, resolve(target.place))) {
    throw new StudioError(
      'argument-invalid',
      `--out ${target.place}: lies in the data set, and would be read as a part of it; say another place, or --in-place to put texts beside its pictures`,
    );
  }
  const options: ExportOptions = {
    format: flags.format,
    withPictures: flags.pictures && ['folder', 'zip', 'tar'].includes(target.kind),
    name: flags.name ?? loaded.sources.name,
    guardsFormulas: flags.formulaGuard,
    ...(target.kind === 'in-place' ? { beside: new Set(loaded.sources.files.map(({ path }) => path)) } : {}),
    ...(flags.sidecarText === undefined ? {} : { sidecarText: flags.sidecarText }),
  };
  const plan = planExport(loaded.items, options);
  const isQuiet = flags.json === true || (target.kind === 'standard-output' && flags.dryRun !== true);
  if (!isQuiet) for (const line of sayReading(loaded)) print(line);
  const inPlace = target.kind === 'in-place' ? await mergeInPlace(plan, loaded, { isForced: flags.force === true }) : null;
  const losses = inPlace?.isMerged === true ? plan.losses.filter(({ staysInTable }) => staysInTable !== true) : plan.losses;
  if (!isQuiet) for (const line of [...sayPlan({ ...plan, losses }), ...(inPlace?.said ?? [])]) print(line);
  const fates = await writeOrForesee({ plan, target, loaded, flags, inPlace });
  if (flags.json === true) {
    printJson({
      ...toJson(loaded, { ...plan, losses }, fates),
      ...(flags.dryRun === true ? { preview: previewExport(loaded.items, options) } : {}),
    });
  } else if (!isQuiet) {
    if (flags.dryRun === true) printSome(sayPreviews(previewExport(loaded.items, options)), 40);
    print(sayFates(fates, flags.dryRun === true));
  }
}

function targetOf({ format, out, inPlace, pictures }: ExportFlags): Target {
  if (inPlace === true) {
    if (out !== undefined) throw new StudioError('argument-invalid', '--in-place and --out exclude each other');
    if (format === 'webdataset') throw new StudioError('argument-invalid', '--in-place: WebDataset is archives of its own; say --out');
    return { kind: 'in-place' };
  }
  const isOneFile = !['txt', 'caption', 'webdataset', 'imagefolder-jsonl', 'imagefolder-csv'].includes(format);
  if (out === undefined || out === '-') {
    if (!isOneFile)
      throw new StudioError('argument-invalid', `--format ${format}: writes many files; say --out with a folder or archive, or --in-place`);
    return { kind: 'standard-output' };
  }
  if (/\.zip$/iu.test(out)) {
    if (format === 'webdataset')
      throw new StudioError('argument-invalid', '--out: shards of WebDataset stand side by side in a folder, or are one .tar');
    return { kind: 'zip', place: out };
  }
  if (/\.tar$/iu.test(out)) return { kind: 'tar', place: out };
  refuseOtherEndings(format, out);
  const isFile = isOneFile && /\.(?:jsonl?|csv|html?)$/iu.test(out);
  if (isFile || (isOneFile && !pictures)) return { kind: isFile ? 'file' : 'folder', place: out };
  return { kind: 'folder', place: out };
}

/** A name with the ending of another kind of file is a slip, and no folder. */
function refuseOtherEndings(format: string, out: string): void {
  if (/\.(?:t?gz|tgz|t?bz2|t?xz|zst|7z|rar)$/iu.test(out))
    throw new StudioError('argument-invalid', `--out ${out}: archives are .zip or .tar; pack that afterwards`);
  const own = endingsOfFiles[format] ?? [];
  const ending = /\.(?:jsonl?|csv|tsv|html?|txt|parquet|xlsx)$/iu.exec(out)?.[0].toLowerCase();
  if (ending === undefined || own.includes(ending)) return;
  const instead = own.length > 0 ? `say ${own[0] ?? ''}, or a folder` : 'it writes many files: say a folder, a .zip or a .tar';
  throw new StudioError('argument-invalid', `--out ${out}: ${format} is no ${ending}; ${instead}`);
}

/** Endings of the formats that are one file. */
const endingsOfFiles: Readonly<Record<string, readonly string[]>> = {
  kohya: ['.json'],
  coco: ['.json'],
  'coco-results': ['.json'],
  csv: ['.csv'],
  jsonl: ['.jsonl'],
  html: ['.html', '.htm'],
};

function isWithin(folder: string, place: string): boolean {
  const way = relative(folder, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

interface Writing {
  readonly plan: ExportPlan;
  readonly target: Target;
  readonly loaded: LoadedDataset;
  readonly flags: ExportFlags;
  readonly inPlace: InPlace | null;
}

function writeOrForesee({ plan, target, loaded, flags, inPlace }: Writing): Promise<ReadonlyMap<string, WriteFate>> {
  if (inPlace !== null) {
    const { files, stamps } = inPlace;
    return flags.dryRun === true ? foreseeWriting(files, stamps) : writeFiles(files, { stamps, isForced: flags.force === true });
  }
  return flags.dryRun === true ? foresee(plan, target, loaded) : write(plan, target, loaded, flags);
}

/** Everything of a plan that is written one file at a time. */
async function placeFiles(plan: ExportPlan, place: string, { readPicture }: LoadedDataset): Promise<readonly PlacedFile[]> {
  const placed: PlacedFile[] = [];
  for await (const file of outputFiles(plan.files, readPicture)) placed.push({ place: placeBelow(resolve(place), file.path), file });
  return placed;
}

async function foresee(plan: ExportPlan, target: Target, loaded: LoadedDataset): Promise<ReadonlyMap<string, WriteFate>> {
  if (target.kind === 'folder' && plan.shards.length === 0) {
    return foreseeWriting(await placeFiles(plan, target.place, loaded), loaded.sources.stamps);
  }
  const places =
    plan.shards.length > 0 && target.kind === 'folder' ? plan.shards.map(({ name }) => placeBelow(target.place, name)) : [placeOf(target)];
  return new Map(places.map((place) => [place, 'new']));
}

async function write(plan: ExportPlan, target: Target, loaded: LoadedDataset, flags: ExportFlags): Promise<ReadonlyMap<string, WriteFate>> {
  const { sources, readPicture } = loaded;
  const isForced = flags.force === true;
  switch (target.kind) {
    case 'standard-output':
      for (const file of plan.files) if (file.kind === 'text') for (const piece of file.write()) process.stdout.write(piece);
      return new Map();
    case 'file': {
      const file = present(
        plan.files.find(({ kind }) => kind === 'text'),
        'a text of one file',
      );
      const placed = {
        place: resolve(target.place),
        file: file.kind === 'text' ? file : { path: '', kind: 'text' as const, write: () => [] },
      };
      return writeFiles([placed], { stamps: sources.stamps, isForced });
    }
    case 'in-place':
      return new Map(); // merged before
    case 'folder': {
      if (plan.shards.length === 0) return writeFiles(await placeFiles(plan, target.place, loaded), { stamps: sources.stamps, isForced });
      const places = plan.shards.map(({ name, files }) => ({ place: placeBelow(target.place, name), files }));
      for (const { place, files } of places)
        await writeStream(place, writeTar(watched(outputFiles(files, readPicture), files.length)), isForced);
      return new Map(places.map(({ place }) => [place, 'new']));
    }
    case 'tar':
    case 'zip': {
      const files = plan.shards.length > 0 ? plan.shards.flatMap((shard) => shard.files) : plan.files;
      const stream = watched(outputFiles(files, readPicture), files.length);
      await writeStream(target.place, target.kind === 'tar' ? writeTar(stream) : writeZip(stream), isForced);
      return new Map([[target.place, 'new']]);
    }
    default:
      return target satisfies never;
  }
}

async function* watched(files: AsyncIterable<OutputFile>, total: number): AsyncGenerator<OutputFile> {
  const line = progressLine();
  let done = 0;
  try {
    for await (const file of files) {
      yield file;
      line.update('packed', ++done, total);
    }
  } finally {
    line.clear();
  }
}

function placeOf(target: Target): string {
  return 'place' in target ? target.place : 'standard output';
}

function toJson({ sources, reading, items }: LoadedDataset, plan: ExportPlan, fates: ReadonlyMap<string, WriteFate>): object {
  return {
    name: sources.name,
    pictures: items.length,
    sources: reading.sources,
    problems: reading.problems,
    renamed: plan.renamed,
    losses: plan.losses,
    files: [...fates].map(([path, fate]) => ({ path, fate })),
  };
}
