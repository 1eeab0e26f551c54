/** @file How a system's captions are made, as plain data: what stands under every number, and what a second run is held to. */

import { isMembers } from './caption-record.ts';

/** Something with a name and the hash of its bytes. */
export interface NamedHash {
  readonly name: string;
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/** One adapter of a style. */
export interface StyleAdapter extends NamedHash {
  readonly scale: number;
}

/** A style: adapters that are on together. */
export interface CaptionStyle {
  readonly name: string;
  readonly adapters: readonly StyleAdapter[];
}

/** Everything that a system's captions depend on, pictures apart. */
export interface CaptionConditions {
  readonly model: NamedHash;
  /** null for the model as it is. */
  readonly style: CaptionStyle | null;
  readonly prompt: string;
  /** null is the model's own. */
  readonly system: string | null;
  /** The decoding options that differ from the model's own. */
  readonly decoding: Readonly<Record<string, unknown>>;
}

/** Writes conditions as lines for people. */
export function describeConditions({ model, style, prompt, system, decoding }: CaptionConditions): readonly string[] {
  const options = Object.entries(decoding).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    `Model: ${model.name}, SHA-256 ${model.sha256}`,
    ...(style === null ? [] : style.adapters.map(({ name, sha256, scale }) => `Style: ${name} at ${String(scale)}, SHA-256 ${sha256}`)),
    `Prompt: ${prompt}`,
    ...(system === null ? [] : [`System prompt: ${system === '' ? 'none' : system}`]),
    `Decoding: ${options.length === 0 ? 'the model’s own' : options.join(', ')}`,
  ];
}

/** Names what differs between two conditions, each as a sentence's part; empty where nothing does. */
export function compareConditions(before: CaptionConditions, now: CaptionConditions): readonly string[] {
  const say = (value: unknown): string => JSON.stringify(value);
  const parts: readonly (readonly [string, string, string])[] = [
    ['the model', `${before.model.name} ${before.model.sha256.slice(0, 12)}`, `${now.model.name} ${now.model.sha256.slice(0, 12)}`],
    ['the style', sayStyle(before.style), sayStyle(now.style)],
    ['the prompt', say(before.prompt), say(now.prompt)],
    ['the system prompt', sayPrompt(before.system), sayPrompt(now.system)],
    ['decoding', say(sorted(before.decoding)), say(sorted(now.decoding))],
  ];
  return parts.filter(([, one, other]) => one !== other).map(([what, one, other]) => `${what} was ${one}, now it is ${other}`);
}

/** Reads conditions; null where the value is none. */
export function readConditions(value: unknown): CaptionConditions | null {
  if (!isMembers(value)) return null;
  const { model, style, prompt, system, decoding } = value;
  const isStyle = style === null || (isMembers(style) && typeof style['name'] === 'string' && isAdapterList(style['adapters']));
  const isWhole = isNamedHash(model) && isStyle && typeof prompt === 'string' && (system === null || typeof system === 'string');
  return isWhole && isMembers(decoding) ? (value as unknown as CaptionConditions) : null;
}

function sayPrompt(system: string | null): string {
  return system === null ? 'the model’s own' : JSON.stringify(system);
}

function isNamedHash(value: unknown): boolean {
  return isMembers(value) && typeof value['name'] === 'string' && typeof value['sha256'] === 'string';
}

function isAdapterList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one: unknown) => isNamedHash(one) && isMembers(one) && typeof one['scale'] === 'number');
}

function sayStyle(style: CaptionStyle | null): string {
  if (style === null) return 'none';
  return style.adapters.map(({ name, sha256, scale }) => `${name} ${sha256.slice(0, 12)} at ${String(scale)}`).join(' and ');
}

function sorted(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
}
