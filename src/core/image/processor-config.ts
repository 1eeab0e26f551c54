/** @file Reading a checkpoint's preprocessor_config.json into plain rules; its numbers are not trusted. */

import type { JsonObject } from '../codec/json.ts';
import { isJsonObject, showJson } from '../codec/json.ts';
import { StudioError } from '../error.ts';
import type { Rgb, Size } from './picture.ts';
import type { ImageProcessor, ResizeRule } from './processor.ts';
import type { ResampleFilter } from './resize.ts';

/** Where the rules stand, and what the model's own config may say of its pictures, which goes before the preprocessor's. */
export interface ProcessorOverrides {
  /** The file that the rules were read from, for errors; `preprocessor_config.json` by default. */
  readonly file?: string;
  /** `image_aspect_ratio: pad` of the original layout: pictures are made square with the mean colour. */
  readonly padToSquare?: boolean;
  /** `image_grid_pinpoints` of the model's config, as (height, width). */
  readonly pinpoints?: unknown;
}

/** Processor types by the name without `Fast` or `Pil`, and whether they cut pictures into tiles. */
const knownTypes: Readonly<Record<string, { readonly tiles: boolean }>> = {
  CLIPImageProcessor: { tiles: false },
  CLIPFeatureExtractor: { tiles: false },
  SiglipImageProcessor: { tiles: false },
  LlavaImageProcessor: { tiles: false },
  LlavaNextImageProcessor: { tiles: true },
  LlavaOnevisionImageProcessor: { tiles: true },
};

const maxSide = 4096;
const maxPinpoints = 1024;
/** The largest grid that published configs have is 2304 x 2304. */
const maxGridPixels = 8192 * 8192;

/**
 * Reads a preprocessor config, or the `image_processor` of a processor config.
 *
 * @throws {StudioError} 'file-invalid' naming the field that cannot be followed
 */
export function readImageProcessor(
  config: JsonObject,
  { file = 'preprocessor_config.json', ...overrides }: ProcessorOverrides = {},
): ImageProcessor {
  const rules = { file, values: config };
  const nested = config['image_processor'];
  if (isJsonObject(nested)) return readImageProcessor(nested, { file, ...overrides });
  const type = typeOf(rules);
  const resize = flag(rules, 'do_resize', true) ? readResize(rules) : ({ kind: 'none' } as const);
  const centerCrop = flag(rules, 'do_center_crop', config['crop_size'] !== undefined && !type.startsWith('LlavaOnevision'))
    ? readSize(rules, 'crop_size')
    : null;
  const normalizes = flag(rules, 'do_normalize', true);
  const mean = normalizes ? readTriple(rules, 'image_mean') : ([0, 0, 0] as const);
  const std = normalizes ? readTriple(rules, 'image_std') : ([1, 1, 1] as const);
  const wrong = std.find((value) => value <= 0);
  if (wrong !== undefined) throw invalid(rules, 'image_std', `has ${String(wrong)}, numbers above 0 were expected`);
  const isSquared = overrides.padToSquare ?? (type === 'LlavaImageProcessor' && flag(rules, 'do_pad', false));
  return {
    resize,
    filter: readFilter(rules),
    centerCrop,
    squareColor: isSquared ? (mean.map((value) => Math.max(0, Math.min(255, Math.trunc(255 * value)))) as unknown as Rgb) : null,
    rescaleFactor: flag(rules, 'do_rescale', true) ? readFactor(rules) : 1,
    mean,
    std,
    tiling:
      knownTypes[type]?.tiles === true
        ? readTiling(rules, type, {
            tile: centerCrop ?? (resize.kind === 'exact' ? resize.size : null),
            pinpoints: pinpointsOf(rules, overrides),
          })
        : null,
  };
}

/** What is read, and from which file. */
interface Rules {
  readonly file: string;
  readonly values: JsonObject;
}

function typeOf(rules: Rules): string {
  const name = rules.values['image_processor_type'] ?? rules.values['feature_extractor_type'];
  const type = typeof name === 'string' ? name.replace(/(?:Fast|Pil)$/u, '') : '';
  if (!Object.hasOwn(knownTypes, type)) {
    throw invalid(rules, 'image_processor_type', `is ${showJson(name)}; known are ${Object.keys(knownTypes).join(', ')}`);
  }
  return type;
}

function readResize(rules: Rules): ResizeRule {
  const size = rules.values['size'];
  if (typeof size === 'number') return { kind: 'shortest', edge: side(rules, 'size', size) };
  if (isJsonObject(size) && size['shortest_edge'] !== undefined)
    return { kind: 'shortest', edge: side(rules, 'size.shortest_edge', size['shortest_edge']) };
  return { kind: 'exact', size: readSize(rules, 'size') };
}

function readSize(rules: Rules, field: string): Size {
  const size = rules.values[field];
  if (typeof size === 'number') return { height: side(rules, field, size), width: side(rules, field, size) };
  if (!isJsonObject(size)) throw invalid(rules, field, `is ${showJson(size)}, height and width were expected`);
  return { height: side(rules, `${field}.height`, size['height']), width: side(rules, `${field}.width`, size['width']) };
}

function side(rules: Rules, field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxSide) return value;
  throw invalid(rules, field, `is ${showJson(value)}, a number of pixels up to ${String(maxSide)} was expected`);
}

function readFilter(rules: Rules): ResampleFilter {
  const resample = rules.values['resample'] ?? 3;
  if (resample === 3) return 'bicubic';
  if (resample === 2) return 'bilinear';
  throw invalid(rules, 'resample', `is ${showJson(resample)}; 2 (bilinear) and 3 (bicubic) are known`);
}

/** The grids, and the file that names them: the model's own config goes before the preprocessor's. */
function pinpointsOf(rules: Rules, { pinpoints }: ProcessorOverrides): Rules {
  const key = 'image_grid_pinpoints';
  return pinpoints === undefined ? rules : { file: 'config.json', values: { [key]: pinpoints } };
}

function readTiling(
  rules: Rules,
  type: string,
  { tile, pinpoints }: { readonly tile: Size | null; readonly pinpoints: Rules },
): ImageProcessor['tiling'] {
  // Tiles are of the size that the tower sees: the crop of LLaVA-NeXT, the size of OneVision.
  if (tile?.height !== tile?.width || tile === null) throw invalid(rules, 'crop_size', 'gives no square for tiles');
  const tileSide = tile.height;
  const field = 'image_grid_pinpoints';
  const given = pinpoints.values[field];
  if (given === undefined) return { tileSide, pinpoints: type === 'LlavaNextImageProcessor' ? nextPinpoints : onevisionPinpoints() };
  if (!Array.isArray(given)) throw invalid(pinpoints, field, `is ${showJson(given)}, a list of sizes was expected`);
  if (given.length === 0 || given.length > maxPinpoints)
    throw invalid(pinpoints, field, `has ${String(given.length)} sizes, 1 to ${String(maxPinpoints)} were expected`);
  return { tileSide, pinpoints: given.map((pinpoint: unknown) => readPinpoint(pinpoints, pinpoint, tileSide)) };
}

function readPinpoint(rules: Rules, pinpoint: unknown, tileSide: number): Size {
  const [height, width] = Array.isArray(pinpoint) && pinpoint.length === 2 ? (pinpoint as readonly unknown[]) : [];
  const isWhole = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isInteger(value / tileSide);
  if (!isWhole(height) || !isWhole(width) || height * width > maxGridPixels) {
    const wanted = `a height and width of whole tiles of ${String(tileSide)}, up to ${String(maxGridPixels)} pixels`;
    throw invalid(rules, 'image_grid_pinpoints', `has ${showJson(pinpoint)}, ${wanted} was expected`);
  }
  return { height, width };
}

/** What the reference takes where a config has no pinpoints. */
const nextPinpoints: readonly Size[] = [
  { height: 336, width: 672 },
  { height: 672, width: 336 },
  { height: 672, width: 672 },
  { height: 1008, width: 336 },
  { height: 336, width: 1008 },
];

function onevisionPinpoints(): Size[] {
  const sides = [1, 2, 3, 4, 5, 6].map((count) => count * 384);
  return sides.flatMap((height) => sides.map((width) => ({ height, width })));
}

function flag({ file, values }: Rules, field: string, absent: boolean): boolean {
  const value = values[field] ?? absent;
  if (typeof value !== 'boolean') throw invalid({ file }, field, `is ${showJson(value)}, true or false was expected`);
  return value;
}

function readFactor(rules: Rules): number {
  const value = rules.values['rescale_factor'] ?? 1 / 255;
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw invalid(rules, 'rescale_factor', `is ${showJson(value)}, a number above 0, up to 1, was expected`);
}

function readTriple(rules: Rules, field: string): readonly [number, number, number] {
  const value = rules.values[field];
  const [red, green, blue, ...rest] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (!isFinite(red) || !isFinite(green) || !isFinite(blue) || rest.length > 0)
    throw invalid(rules, field, `is ${showJson(value)}, three numbers were expected`);
  return [red, green, blue];
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function invalid({ file }: Pick<Rules, 'file'>, field: string, what: string): StudioError {
  return new StudioError('file-invalid', `${file}: ${field} ${what}`, { details: { file, field } });
}
