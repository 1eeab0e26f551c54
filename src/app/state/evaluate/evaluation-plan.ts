/** @file Systems that the room captions itself: made of a model, a style and a prompt, and given the captions that were written so far. */

import { describeConditions, type CaptionConditions, type NamedHash } from '../../../core/dataset/caption-conditions.ts';
import type { EvaluationCaptions, WantedCaption } from './evaluation-captions.svelte.ts';
import type { EvaluationPictures } from './evaluation-pictures.svelte.ts';
import type { CaptionSource, EvaluationInputs, SystemPlan } from './evaluation-record.ts';
import type { Recipe } from '../queue/recipe.ts';
import { labelOf } from '../styles/style-record.ts';
import type { WrittenCaption } from '../compare/system-captions.svelte.ts';

/** How far a planned system is with the pictures that references name. */
export interface PlanState {
  readonly done: number;
  readonly failed: number;
  /** Pictures that can be captioned now. */
  readonly open: number;
}

/** A picture that references name and that is here. */
export type PictureHere = Pick<WantedCaption, 'file' | 'picture'>;

/** A picture as references name it. */
export interface NamedPicture {
  readonly file: string;
  readonly id?: string;
}

/** A model's name with the beginning of its hash. */
export function sayPlanModel({ name, sha256 }: NamedHash): string {
  return `${name} (SHA-256 ${sha256.slice(0, 12)}…)`;
}

/** Makes a system without captions. */
export function toPlannedSystem(plan: SystemPlan, name: string): CaptionSource {
  const conditions = toConditions(plan);
  const fileName = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.jsonl`;
  return { id: crypto.randomUUID(), name, fileName, sha256: '', records: [], madeWith: describeConditions(conditions), plan, conditions };
}

/** Makes the plan of a model, a prompt and a style; what is chosen elsewhere does not slip in. */
export function toPlan(model: NamedHash, { label, prompt, system, changes, style = null }: Recipe): SystemPlan {
  // A style's id is made from its bytes and serves as their hash.
  const worn = style && { name: labelOf(style), adapters: [{ name: style.name, sha256: style.id, scale: style.scale }] };
  return { model: { name: model.name, sha256: model.sha256 }, style: worn, recipe: { label, prompt, system, changes, style } };
}

/** Makes the plan that conditions tell, to write the same captions again. */
export function toPlanOf({ model, style, prompt, system, decoding }: CaptionConditions, label: string): SystemPlan {
  const [adapter] = style?.adapters ?? [];
  const worn = adapter === undefined ? null : { id: adapter.sha256, name: adapter.name, scale: adapter.scale };
  return toPlan(model, { label, prompt, system, changes: decoding, style: worn });
}

/** What a plan's captions depend on. */
export function toConditions({ model, style, recipe }: SystemPlan): CaptionConditions {
  return { model, style, prompt: recipe.prompt, system: recipe.system, decoding: recipe.changes };
}

/** What a system is called unless somebody names it. */
export function planName({ model, style, recipe }: SystemPlan): string {
  return [model.name, ...(style === null ? [] : [style.name]), recipe.label].join(', ');
}

/** The pictures that references name, each once. */
export function namedPictures({ references }: Pick<EvaluationInputs, 'references'>): readonly NamedPicture[] {
  const byFile = new Map(references.flatMap(({ records }) => records.map((record) => [record.file, record] as const)));
  return [...byFile.values()];
}

/** Finds the pictures that references name among those that are here. */
export function findPicturesHere(named: readonly NamedPicture[], pictures: EvaluationPictures): readonly PictureHere[] {
  return named.flatMap((one) => {
    const picture = pictures.find(one);
    return picture === undefined ? [] : [{ file: one.file, picture }];
  });
}

/** Finds the captions that planned systems lack and whose pictures are here. @param systems those that are planned */
export function findWanted(
  systems: readonly CaptionSource[],
  here: readonly PictureHere[],
  captions: EvaluationCaptions,
): readonly WantedCaption[] {
  return systems.flatMap((system) => {
    const written = captions.of(system.id);
    return here.filter(({ file }) => !written.has(file)).map((one) => ({ system, ...one }));
  });
}

/** Tells how far a planned system is. */
export function planStateOf(
  systemId: string,
  { named, here }: { readonly named: readonly NamedPicture[]; readonly here: readonly PictureHere[] },
  captions: EvaluationCaptions,
): PlanState {
  const written = captions.of(systemId);
  const found = named.flatMap(({ file }) => written.get(file) ?? []);
  const failed = found.filter(({ error }) => error !== null).length;
  return { done: found.length - failed, failed, open: here.filter(({ file }) => !written.has(file)).length };
}

/** Gives a planned system what was written for the pictures that references name, in their order. */
export async function withWritten(
  source: CaptionSource,
  inputs: Pick<EvaluationInputs, 'references'>,
  written: ReadonlyMap<string, WrittenCaption>,
): Promise<CaptionSource> {
  const records = namedPictures(inputs).flatMap(({ file, id }) => {
    const text = written.get(file)?.text ?? null;
    return text === null ? [] : [{ file, captions: [text], ...(id !== undefined && { id }) }];
  });
  const lines = records.map(({ file, captions }) => `${JSON.stringify({ file, caption: captions[0] })}\n`).join('');
  const exactPrompt = [...written.values()].find(({ text }) => text !== null)?.exactPrompt;
  return {
    ...source,
    records,
    sha256: records.length === 0 ? '' : await hashText(lines),
    madeWith: [
      ...(source.conditions === undefined ? [] : describeConditions(source.conditions)),
      ...(exactPrompt === undefined ? [] : [`The whole text: ${exactPrompt}`]),
    ],
  };
}

async function hashText(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
