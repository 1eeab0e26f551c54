/** @file Reading a checkpoint's preprocessor_config.json into plain rules; its numbers are not trusted. */

import type { JsonObject } from '../codec/json.ts';
import { isJsonObject, showJson } from '../codec/json.ts';
import { StudioError } from '../error.ts';
import type { Rgb, Size } from './picture.ts';
import type { ImageProcessor, ResizeRule } from './processor.ts';
import type { ResampleFilter } from './resize.ts';

/** What the model's own config may say of its pictures, which goes before the preprocessor's. */
export interface ProcessorOverrides {
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
export function readImageProcessor(config: JsonObject, overrides: ProcessorOverrides = {}): ImageProcessor {
  const nested = config['image_processor'];
  if (isJsonObject(nested)) return readImageProcessor(nested, overrides);
  const type = typeOf(config);
  const resize = flag(config, 'do_resize', true) ? readResize(config) : ({ kind: 'none' } as const);
  const centerCrop = flag(config, 'do_center_crop', config['crop_size'] !== undefined && !type.startsWith('LlavaOnevision'))
    ? readSize(config, 'crop_size')
    : null;
  const normalizes = flag(config, 'do_normalize', true);
  const mean = normalizes ? readTriple(config, 'image_mean') : ([0, 0, 0] as const);
  const std = normalizes ? readTriple(config, 'image_std') : ([1, 1, 1] as const);
  if (std.some((value) => value === 0)) throw invalid('image_std', 'has a zero');
  const isSquared = overrides.padToSquare ?? (type === 'LlavaImageProcessor' && flag(config, 'do_pad', false));
  return {
    resize,
    filter: readFilter(config),
    centerCrop,
    squareColor: isSquared ? (mean.map((value) => Math.max(0, Math.min(255, Math.trunc(255 * value)))) as unknown as Rgb) : null,
    rescaleFactor: flag(config, 'do_rescale', true) ? readNumber(config, 'rescale_factor', 1 / 255) : 1,
    mean,
    std,
    tiling:
      knownTypes[type]?.tiles === true
        ? readTiling(type, overrides.pinpoints ?? config['image_grid_pinpoints'], { resize, centerCrop })
        : null,
  };
}

function typeOf(config: JsonObject): string {
  const name = config['image_processor_type'] ?? config['feature_extractor_type'];
  const type = typeof name === 'string' ? name.replace(/(?:Fast|Pil)$/u, '') : '';
  if (!Object.hasOwn(knownTypes, type)) {
    throw invalid('image_processor_type', `is ${showJson(name)}; known are ${Object.keys(knownTypes).join(', ')}`);
  }
  return type;
}

function readResize(config: JsonObject): ResizeRule {
  const size = config['size'];
  if (typeof size === 'number') return { kind: 'shortest', edge: side(size, 'size') };
  if (isJsonObject(size) && size['shortest_edge'] !== undefined)
    return { kind: 'shortest', edge: side(size['shortest_edge'], 'size.shortest_edge') };
  return { kind: 'exact', size: readSize(config, 'size') };
}

function readSize(config: JsonObject, field: string): Size {
  const size = config[field];
  if (typeof size === 'number') return { height: side(size, field), width: side(size, field) };
  if (!isJsonObject(size)) throw invalid(field, `is ${showJson(size)}, height and width were expected`);
  return { height: side(size['height'], `${field}.height`), width: side(size['width'], `${field}.width`) };
}

function side(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxSide) return value;
  throw invalid(field, `is ${showJson(value)}, a number of pixels up to ${String(maxSide)} was expected`);
}

function readFilter(config: JsonObject): ResampleFilter {
  const resample = config['resample'] ?? 3;
  if (resample === 3) return 'bicubic';
  if (resample === 2) return 'bilinear';
  throw invalid('resample', `is ${showJson(resample)}; 2 (bilinear) and 3 (bicubic) are known`);
}

function readTiling(
  type: string,
  pinpoints: unknown,
  { resize, centerCrop }: Pick<ImageProcessor, 'resize' | 'centerCrop'>,
): ImageProcessor['tiling'] {
  // Tiles are of the size that the tower sees: the crop of LLaVA-NeXT, the size of OneVision.
  const tile = centerCrop ?? (resize.kind === 'exact' ? resize.size : null);
  if (tile?.height !== tile?.width || tile === null) throw invalid('crop_size', 'gives no square for tiles');
  const tileSide = tile.height;
  if (pinpoints === undefined) return { tileSide, pinpoints: type === 'LlavaNextImageProcessor' ? nextPinpoints : onevisionPinpoints() };
  if (!Array.isArray(pinpoints) || pinpoints.length === 0 || pinpoints.length > maxPinpoints)
    throw invalid('image_grid_pinpoints', 'is no list of sizes');
  return { tileSide, pinpoints: pinpoints.map((pinpoint: unknown) => readPinpoint(pinpoint, tileSide)) };
}

function readPinpoint(pinpoint: unknown, tileSide: number): Size {
  const [height, width] = Array.isArray(pinpoint) && pinpoint.length === 2 ? (pinpoint as readonly unknown[]) : [];
  const isWhole = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isInteger(value / tileSide);
  if (!isWhole(height) || !isWhole(width) || height * width > maxGridPixels) {
    throw invalid('image_grid_pinpoints', `has ${showJson(pinpoint)}, which is no height and width of whole tiles of ${String(tileSide)}`);
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

function flag(config: JsonObject, field: string, absent: boolean): boolean {
  const value = config[field] ?? absent;
  if (typeof value !== 'boolean') throw invalid(field, `is ${showJson(value)}, true or false was expected`);
  return value;
}

function readNumber(config: JsonObject, field: string, absent: number): number {
  const value = config[field] ?? absent;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(field, `is ${showJson(value)}, a number was expected`);
  return value;
}

function readTriple(config: JsonObject, field: string): readonly [number, number, number] {
  const value = config[field];
  const [red, green, blue, ...rest] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (typeof red !== 'number' || typeof green !== 'number' || typeof blue !== 'number' || rest.length > 0) {
    throw invalid(field, `is ${showJson(value)}, three numbers were expected`);
  }
  return [red, green, blue];
}

function invalid(field: string, what: string): StudioError {
  return new StudioError('file-invalid', `preprocessor_config.json: ${field} ${what}`, {
    details: { file: 'preprocessor_config.json', field },
  });
}
