/** @file What leaves the gallery for elsewhere: the clipboard, a file of captions. */

import { copyText, saveText } from '../../intake/take-out.ts';
import { toJsonLines, toPlainLines } from '../dataset/captions-file.ts';
import type { Card } from './card.svelte.ts';
import { distinctNames } from './distinct-names.ts';
import { sayCount } from '../words.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Puts captions on the clipboard: one picture's alone, several with their names. */
export async function copyCaptions(workspace: Workspace, cards: readonly Card[]): Promise<void> {
  const [only] = cards;
  const text = cards.length === 1 ? (only?.text ?? '') : toPlainLines(cards);
  if (text === '') return;
  const count = cards.filter((card) => card.text !== '').length;
  await workspace.tryOrTell(async () => {
    await copyText(text);
    workspace.notices.say({ title: cards.length === 1 ? 'Caption copied' : `${sayCount(count, 'caption')} copied` });
  });
}

/** Saves captions as JSON lines. */
export function saveCaptions({ library }: Pick<Workspace, 'library'>, cards: readonly Card[]): void {
  saveText('captions.jsonl', toJsonLines(cards, distinctNames(library.cards)), 'application/jsonl');
}
