/** @file Our own description of an adapter, which stands beside PEFT's, or alone where PEFT has no form for it. */

import type { AdapterBase, AdapterCard, CardScore, LearnedAdapter, Placement } from '../../core/adapter/learned.ts';
import { isJsonObject, showJson, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';

/** The description's file, and that of tensors that PEFT's file has no place for. */
export const ownFiles = { description: 'caption-studio.json', tensors: 'caption-studio.safetensors' } as const;

/** The prefix of weights that replace the base's, and the name of a soft prompt's start, in our file of tensors. */
export const ownNames = { replaced: 'replaced:', start: 'start' } as const;

const formatVersion = 1;

/** What the description holds. */
export interface OwnDescription {
  readonly name: string;
  readonly placement: Placement;
  /** Only where our form stands alone; else PEFT's config says it. */
  readonly spec: { readonly kind: 'prompt'; readonly tokens: number } | { readonly kind: 'weights' } | null;
  readonly base: AdapterBase;
  readonly card: AdapterCard;
}

/** Writes the description. */
export function writeDescription({ name, placement, spec, base, card }: LearnedAdapter, isAlone: boolean): string {
  const alone = spec.kind === 'prompt' || spec.kind === 'weights' ? spec : null;
  return `${JSON.stringify({ formatVersion, name, placement, spec: isAlone ? alone : null, base, card }, null, 2)}\n`;
}

/**
 * Reads a description, believing nothing.
 *
 * @throws {StudioError} 'file-invalid' naming the field
 */
export function readDescription(json: JsonObject, place: string): OwnDescription {
  const wrong = (field: string, value: unknown): StudioError =>
    new StudioError('file-invalid', `${place}: ${field} is ${showJson(value ?? null)}, which is not understood`);
  if (json['formatVersion'] !== formatVersion) throw wrong('formatVersion', json['formatVersion']);
  const { placement } = json;
  if (placement !== 'start' && placement !== 'prompt') throw wrong('placement', placement);
  const base = isJsonObject(json['base']) ? json['base'] : {};
  return {
    name: textOf(json, 'name'),
    placement,
    spec: readSpec(json['spec'], wrong),
    base: { name: textOf(base, 'name'), revision: textOrNull(base['revision']), digest: textOrNull(base['digest']) },
    card: readCard(isJsonObject(json['card']) ? json['card'] : {}),
  };
}

function readSpec(spec: unknown, wrong: (field: string, value: unknown) => StudioError): OwnDescription['spec'] {
  if (spec === null || spec === undefined) return null;
  if (!isJsonObject(spec)) throw wrong('spec', spec);
  const { kind, tokens } = spec;
  if (kind === 'weights') return { kind };
  if (kind !== 'prompt') throw wrong('spec', kind);
  if (!Number.isSafeInteger(tokens) || Number(tokens) < 1) throw wrong('spec.tokens', tokens);
  return { kind, tokens: Number(tokens) };
}

function readCard(card: JsonObject): AdapterCard {
  const scores = Array.isArray(card['scores']) ? card['scores'] : [];
  return {
    data: textOf(card, 'data'),
    method: textOf(card, 'method'),
    options: textOf(card, 'options'),
    scores: scores.flatMap((score: unknown): readonly CardScore[] =>
      isJsonObject(score) && typeof score['value'] === 'number'
        ? [{ metric: textOf(score, 'metric'), value: score['value'], on: textOf(score, 'on') }]
        : [],
    ),
    prompt: textOf(card, 'prompt'),
    licence: textOf(card, 'licence'),
    software: textOf(card, 'software'),
    sample: textOf(card, 'sample'),
  };
}

/** A text is cut where no person would have written on. */
function textOf(json: JsonObject, field: string): string {
  const longest = 20_000;
  const value = json[field];
  return typeof value === 'string' ? value.slice(0, longest) : '';
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
