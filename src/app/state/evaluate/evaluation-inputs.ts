/** @file Changes to what is compared, as plain functions. */

import type { ReadFile } from '../../../../workers/scores-api.ts';
import type { CaptionSource, EvaluationInputs, FrequencySource, ObjectSource } from './evaluation-record.ts';

/** In domain and out of domain; more would not stand side by side. */
export const maxReferences = 2;

/** Makes a source of a file of captions. */
export function toSource(read: Extract<ReadFile, { kind: 'captions' }>, name: string, madeWith: readonly string[]): CaptionSource {
  return { id: crypto.randomUUID(), name, fileName: read.name, sha256: read.sha256, records: read.records, madeWith };
}

/** Makes a source of annotated objects. */
export function toObjects({ name, sha256, records }: Extract<ReadFile, { kind: 'objects' }>): ObjectSource {
  return { fileName: name, sha256, records };
}

/** Makes a source of document frequencies. */
export function toFrequencies({ name, sha256, table }: Extract<ReadFile, { kind: 'frequencies' }>): FrequencySource {
  return { fileName: name, sha256, table };
}

/** A file's name without its ending, numbered where another source is called so. */
export function freeName(inputs: EvaluationInputs, fileName: string): string {
  return distinctName(inputs, fileName.replace(/\.(?:jsonl?|csv|tsv|txt|token)$/iu, ''));
}

/** A name, numbered where another source has it: the table's columns and a run's numbers go by their names. */
export function distinctName(inputs: EvaluationInputs, name: string): string {
  const taken = new Set([...inputs.systems, ...inputs.references].map((source) => source.name));
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name} ${String(count)}`;
  return free;
}

/** Adds a system; the first one is what others are compared with. */
export function withSystem(inputs: EvaluationInputs, source: CaptionSource): EvaluationInputs {
  const { systems, baselineId, repetition } = inputs;
  const isBaseline = baselineId === null || repetition?.run.options.baseline === source.name;
  return { ...inputs, systems: [...systems, source], baselineId: isBaseline ? source.id : baselineId };
}

/** Takes a system or a set of references away; 'objects' names the annotations, 'frequencies' the table of CIDEr. */
export function without(inputs: EvaluationInputs, id: string): EvaluationInputs {
  const { systems, references, objects, frequencies, baselineId } = inputs;
  const left = systems.filter((source) => source.id !== id);
  return {
    ...inputs,
    systems: left,
    references: references.filter((source) => source.id !== id),
    objects: id === 'objects' ? null : objects,
    frequencies: id === 'frequencies' ? null : frequencies,
    baselineId: baselineId === id ? (left[0]?.id ?? null) : baselineId,
  };
}

/** Gives a system or a set of references another name. */
export function renamed(inputs: EvaluationInputs, id: string, name: string): EvaluationInputs {
  const rename = (source: CaptionSource): CaptionSource => (source.id === id ? { ...source, name } : source);
  return { ...inputs, systems: inputs.systems.map(rename), references: inputs.references.map(rename) };
}

/** Puts a system in another's place: the one of the same id. */
export function withCaptions(inputs: EvaluationInputs, source: CaptionSource): EvaluationInputs {
  return { ...inputs, systems: inputs.systems.map((one) => (one.id === source.id ? { ...source, name: one.name } : one)) };
}

/** What the numbers depend on, as text to compare; names are left out. */
export function conditionsOf(inputs: EvaluationInputs): string {
  const { systems, references, objects, frequencies, metrics, baselineId, draws, seed } = inputs;
  const ids = (sources: readonly CaptionSource[]): readonly string[] => sources.map(({ id, sha256 }) => `${id} ${sha256}`);
  const files = [objects?.sha256 ?? '', frequencies?.sha256 ?? ''];
  return JSON.stringify([ids(systems), ids(references), files, metrics.toSorted(), baselineId, draws, seed]);
}
