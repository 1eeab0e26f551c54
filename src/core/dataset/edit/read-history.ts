/** @file Reads a history that was stored: what was written by another version or was cut short is left out, not guessed. */

import { isMembers } from '../caption-record.ts';
import type { Author, Caption, ItemContent, WornStyle } from '../item.ts';
import { emptyHistory, type ContentChange, type EditHistory, type EditStep } from './history.ts';

/** Reads a stored history; anything that is none gives an empty one. */
export function readHistory(value: unknown): EditHistory {
  if (!isMembers(value)) return emptyHistory;
  const { steps: stored, position } = value;
  if (!Array.isArray(stored) || !isCount(position)) return emptyHistory;
  const steps = stored.map(readStep);
  // A step that cannot be read parts what came before it from what comes after.
  const unreadable = steps.lastIndexOf(null);
  const kept = steps.slice(unreadable + 1).filter((step) => step !== null);
  return { steps: kept, position: Math.min(kept.length, Math.max(0, position - unreadable - 1)) };
}

function readStep(value: unknown): EditStep | null {
  if (!isMembers(value)) return null;
  const { label, atMs, changes, removed = [] } = value;
  if (typeof label !== 'string' || typeof atMs !== 'number' || !Array.isArray(changes)) return null;
  if (!Array.isArray(removed) || !removed.every((path) => typeof path === 'string')) return null;
  const read = changes.map(readChange);
  return read.every((change) => change !== null) ? { label, atMs, changes: read, ...(removed.length > 0 && { removed }) } : null;
}

function readChange(value: unknown): ContentChange | null {
  if (!isMembers(value) || typeof value['path'] !== 'string') return null;
  const before = readContent(value['before']);
  const after = readContent(value['after']);
  return before === null || after === null ? null : { path: value['path'], before, after };
}

function readContent(value: unknown): ItemContent | null {
  if (!isMembers(value)) return null;
  const { captions, tags } = value;
  if (!Array.isArray(captions) || !Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) return null;
  const read = captions.map(readCaption);
  return read.every((caption) => caption !== null) ? { captions: read, tags } : null;
}

/** Reads one stored caption; null for anything else. */
export function readCaption(value: unknown): Caption | null {
  if (!isMembers(value) || typeof value['text'] !== 'string') return null;
  const author = readAuthor(value['author']);
  return author === null ? null : { text: value['text'], author };
}

function readAuthor(value: unknown): Author | null {
  if (!isMembers(value)) return null;
  const { kind, file, rule, model, style, worn, prompt, decoding } = value;
  if (kind === 'person') return { kind };
  if (kind === 'file' && typeof file === 'string') return { kind, file };
  if (kind === 'rule' && typeof rule === 'string') return { kind, rule };
  const isStyle = style === null || typeof style === 'string';
  if (kind === 'model' && typeof model === 'string' && isStyle && typeof prompt === 'string')
    return { kind, model, style, ...readWorn(worn), prompt, ...(isMembers(decoding) && { decoding }) };
  return null;
}

/** Records of earlier versions say nothing of it. */
function readWorn(value: unknown): { readonly worn?: WornStyle } {
  if (!isMembers(value) || typeof value['id'] !== 'string' || typeof value['scale'] !== 'number') return {};
  return { worn: { id: value['id'], scale: value['scale'] } };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
