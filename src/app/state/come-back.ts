/** @file What the screen does when it is opened: it reads what earlier visits left, and takes up the work that was going on. */

import type { Library } from './cards/library.svelte.ts';
import type { Thumbnails } from './cards/thumbnails.svelte.ts';
import type { Comparison } from './compare/comparison.svelte.ts';
import type { Autosave } from './dataset/autosave.svelte.ts';
import type { Bin } from './dataset/bin.svelte.ts';
import type { EditLog } from './dataset/edit-log.svelte.ts';
import type { Editing } from './dataset/editing.svelte.ts';
import type { TokenCount } from './dataset/token-count.svelte.ts';
import type { CaptionScoring } from './evaluate/caption-scores.svelte.ts';
import type { Notices } from './notices.svelte.ts';
import type { Queue } from './queue/queue.svelte.ts';
import type { RunReports } from './queue/run-reports.svelte.ts';
import type { Settings } from './settings.svelte.ts';
import type { Styles } from './styles/styles.svelte.ts';

/** The parts that have something to read or to take up. */
export interface LastingParts {
  readonly settings: Settings;
  readonly styles: Styles;
  readonly library: Library;
  readonly thumbnails: Thumbnails;
  readonly scoring: CaptionScoring;
  readonly tokenCount: TokenCount;
  readonly bin: Bin;
  readonly log: EditLog;
  readonly editing: Editing;
  readonly autosave: Autosave;
  readonly reports: RunReports;
  readonly queue: Queue;
  readonly comparison: Comparison;
  readonly notices: Notices;
}

/** What reading found. */
export interface ReadBack {
  /** Captions were being written when the page closed. */
  readonly wasRunning: boolean;
  readonly isHistoryRead: boolean;
}

/** Reads settings, styles, pictures, scores and history; what fails is told and the rest works on. @param goThere called once the settings are known */
export async function readBack(parts: LastingParts, goThere: () => void): Promise<ReadBack> {
  const { settings, styles, library, scoring, tokenCount, autosave, notices } = parts;
  const tell = (error: unknown): void => void notices.tell(error);
  await settings.load().catch(tell);
  const { wasRunning } = settings.now;
  goThere();
  await styles.load().catch(tell);
  const isLibraryRead = await library.load().then(() => true, tell);
  await Promise.all([scoring.load(), tokenCount.load()]).catch(tell);
  // Pictures that cannot be read would look as if they were gone, and with them what the bin and the history hold.
  const isHistoryRead = isLibraryRead === true && (await readHistory(parts).catch(tell));
  await autosave.load().catch(tell);
  return { wasRunning, isHistoryRead: isHistoryRead === true };
}

/** Takes up the queue, the comparison and what was put off. */
export async function takeUp(
  parts: LastingParts,
  { wasRunning, isHistoryRead, isAlone }: ReadBack & { readonly isAlone: boolean },
): Promise<void> {
  const { library, thumbnails, reports, queue, comparison, notices } = parts;
  const tell = (error: unknown): void => void notices.tell(error);
  const { cards } = library;
  thumbnails.make(cards.filter((card) => card.size === undefined && card.state !== 'failed'));
  const broken = await reports.load().catch(tell);
  // The other tab counts its run itself.
  if (typeof broken === 'object' && isAlone) queue.takeUp(broken);
  queue.restore(cards, wasRunning && isAlone);
  if (!wasRunning) queue.closeWhenEmpty();
  await comparison.start({ goesOn: wasRunning && isAlone }).catch(tell);
  if (isAlone) {
    if (isHistoryRead) await tidy(parts).catch(tell);
  } else if (cards.length > 0) {
    notices.say({
      title: 'The studio is open in another tab',
      text: 'What one changes shows in the other. The queue runs only where you start it.',
    });
  }
}

/** What cannot be read is not tidied either: it would be lost. */
async function readHistory({ bin, library, editing }: LastingParts): Promise<true> {
  await bin.load((id) => library.find(id) !== undefined);
  await editing.load();
  return true;
}

/** Deletes for good what no picture and no step of the history needs. */
async function tidy({ log, bin, library, thumbnails }: LastingParts): Promise<void> {
  const wanted = new Set(log.history.steps.flatMap(({ removed = [] }) => removed));
  bin.destroy(bin.cards.map(({ id }) => id).filter((id) => !wanted.has(id)));
  await library.tidy();
  await thumbnails.removeOthers((id) => bin.has(id)).catch(() => undefined);
}
