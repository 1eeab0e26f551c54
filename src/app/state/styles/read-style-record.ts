/** @file Styles as they lie in the browser, believed no further than they go: another version, or another tab, may have written them. */

import type { AdapterKind, AdapterSummary } from '../../../../workers/adapters-api.ts';
import type { AdapterCard, CardScore } from '../../../core/adapter/learned.ts';
import type { RecordStore } from '../../../storage/record-store.ts';
import type { StyleRecord } from './style-record.ts';

/** What was found in the library. */
export interface ReadStyles {
  readonly styles: readonly StyleRecord[];
  /** Names of those that cannot be used, each as well as it can be told; they stay as they are. */
  readonly odd: readonly string[];
}

/** What a style is said to be for as long as its notes have gaps: reading it fills them. */
const unreadReason = 'Its notes here have gaps. They are filled when the Styles room is open and a model with it.';

/** Whether only the engine can tell what a style is. */
export function isUnread({ summary }: Pick<StyleRecord, 'summary'>): boolean {
  return summary.fit.reason === unreadReason;
}

/** Reads the whole library; a record that does not come out of the database keeps none of the others in. */
export async function readStyles(records: Pick<RecordStore<StyleRecord>, 'loadAll' | 'ids' | 'load'>): Promise<ReadStyles> {
  const odd: string[] = [];
  const all: readonly unknown[] = await records.loadAll().catch(async () => {
    const found: unknown[] = [];
    for (const id of await records.ids())
      await records.load(id).then(
        (record) => found.push(record),
        () => odd.push(id),
      );
    return found;
  });
  const styles = new Map<string, StyleRecord>();
  for (const raw of all) {
    const style = readStyle(raw);
    // Of two under one id the screen could not tell which is meant.
    if (style === null || styles.has(style.id)) odd.push(nameOf(raw) || 'a style without a name');
    else styles.set(style.id, style);
  }
  return { styles: [...styles.values()], odd };
}

/** Reads one; null without the bytes that the engine needs, or the id that they go by. What is not known here stays in the record. */
function readStyle(raw: unknown): StyleRecord | null {
  if (!isFields(raw)) return null;
  const { id, zip, addedAtMs, summary } = raw;
  if (typeof id !== 'string' || id === '' || !(zip instanceof Blob)) return null;
  const name = nameOf(raw) || 'Style without a name';
  const read = isFields(summary) ? readSummary(summary) : null;
  return {
    ...raw,
    id,
    name,
    zip,
    addedAtMs: numberOr(addedAtMs, 0),
    summary: { ...(read ?? unreadSummary(zip)), id, name },
  };
}

/** What a record holds, of which nothing is known yet. */
type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(raw: unknown): string {
  if (!isFields(raw)) return '';
  const { name, summary } = raw;
  const inSummary = isFields(summary) ? summary['name'] : undefined;
  return [name, inSummary, raw['id']].find((one): one is string => typeof one === 'string' && one.trim() !== '') ?? '';
}

const kinds: ReadonlySet<unknown> = new Set<AdapterKind>(['prompt', 'prefix', 'lora', 'dora', 'weights']);

function isKind(value: unknown): value is AdapterKind {
  return kinds.has(value);
}

/** Reads what was noted of a style; null where something is missing that only the engine can tell. */
function readSummary(summary: Fields): Omit<AdapterSummary, 'id' | 'name'> | null {
  const { kind, facts, parameterCount, sizeBytes, isScalable, placement, matched } = summary;
  if (!isKind(kind) || typeof facts !== 'string' || typeof isScalable !== 'boolean') return null;
  if (typeof sizeBytes !== 'number' || typeof parameterCount !== 'number') return null;
  if (placement !== 'start' && placement !== 'prompt') return null;
  const base = isFields(summary['base']) ? summary['base'] : {};
  return {
    ...summary,
    kind,
    facts,
    parameterCount,
    sizeBytes,
    isScalable,
    placement,
    base: { name: textOr(base['name'], ''), revision: typeof base['revision'] === 'string' ? base['revision'] : null },
    fit: readFit(summary['fit']),
    matched: numberOr(matched, 0),
    unmatched: textsOf(summary['unmatched']),
    missing: textsOf(summary['missing']),
    notes: textsOf(summary['notes']),
    card: readCard(summary['card']),
  };
}

/** Stands for what is not known; nobody can choose it before it was read. */
function unreadSummary(zip: Blob): Omit<AdapterSummary, 'id' | 'name'> {
  return {
    kind: 'weights',
    facts: 'Not read yet',
    parameterCount: 0,
    sizeBytes: zip.size,
    isScalable: false,
    placement: 'start',
    base: { name: '', revision: null },
    fit: { state: 'other', reason: unreadReason },
    matched: 0,
    unmatched: [],
    missing: [],
    notes: [],
    card: readCard({}),
  };
}

function readFit(fit: unknown): AdapterSummary['fit'] {
  const { state, reason } = isFields(fit) ? fit : {};
  return state === 'fits' || state === 'unsure' || state === 'other'
    ? { state, reason: textOr(reason, '') }
    : { state: 'unsure', reason: 'It is compared with the model in the Styles room.' };
}

function readCard(card: unknown): AdapterCard {
  const raw: Fields = isFields(card) ? card : {};
  const scores: readonly unknown[] = Array.isArray(raw['scores']) ? raw['scores'] : [];
  return {
    ...raw,
    data: textOr(raw['data'], ''),
    method: textOr(raw['method'], ''),
    options: textOr(raw['options'], ''),
    scores: scores.flatMap((score): readonly CardScore[] =>
      isFields(score) && typeof score['value'] === 'number'
        ? [{ metric: textOr(score['metric'], ''), value: score['value'], on: textOr(score['on'], '') }]
        : [],
    ),
    prompt: textOr(raw['prompt'], ''),
    licence: textOr(raw['licence'], ''),
    software: textOr(raw['software'], ''),
    sample: textOr(raw['sample'], ''),
  };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
