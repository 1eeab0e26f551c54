/** @file What goes wrong in the Evaluate room, in its own words: the same codes mean settings and downloads elsewhere. */

import { StudioError } from '../../../core/error.ts';
import type { JoinedInputs } from './evaluation-joining.ts';
import type { NoticeDraft, Notices } from '../notices.svelte.ts';

/** A file that could not be taken. */
export interface RefusedFile {
  readonly fileName: string;
  readonly error: unknown;
}

/** More notices at a time than these would push each other away. */
const mostByName = 2;
const mostReasons = 8;

/** Tells why files could not be taken: a few each by itself, many at once; those that were stopped say nothing. */
export function tellOfFiles(notices: Notices, refused: readonly RefusedFile[]): void {
  const told = refused.filter(({ error }) => !(error instanceof StudioError && error.code === 'cancelled'));
  if (told.length <= mostByName) {
    for (const { fileName, error } of told) tellOfFile(notices, fileName, error);
    return;
  }
  const reasons = told.map(({ fileName, error }) => {
    const reason = error instanceof Error ? error.message : String(error);
    return reason.startsWith(fileName) ? reason : `${fileName}: ${reason}`;
  });
  const more = reasons.length > mostReasons ? [`… and ${String(reasons.length - mostReasons)} more`] : [];
  notices.say({
    tone: 'attention',
    title: `${String(told.length)} files could not be taken`,
    text: 'They are broken, too large, or none of the formats that this room reads.',
    detail: [...reasons.slice(0, mostReasons), ...more].join('\n'),
  });
}

function tellOfFile(notices: Notices, fileName: string, error: unknown): void {
  if (error instanceof StudioError && error.code === 'argument-invalid')
    notices.say({ tone: 'attention', title: `${fileName} is too large for the page`, text: error.message.slice(`${fileName}: `.length) });
  else if (!(error instanceof StudioError && error.code === 'file-invalid')) notices.tell(error);
  else {
    const text = 'It is broken, or none of the formats that this room reads.';
    notices.say({ tone: 'attention', title: `${fileName} could not be taken`, text, detail: error.message });
  }
}

/** Tells why captions could not be written; where they were stopped it says nothing. */
export function tellOfWriting(notices: Notices, error: unknown): void {
  if (!(error instanceof StudioError && error.code === 'cancelled')) notices.tell(error);
}

/** Tells why a run ended without numbers; one that was stopped says nothing. */
export function tellOfRun(notices: Notices, error: unknown): void {
  if (error instanceof StudioError && error.code === 'cancelled') return;
  const draft = draftOf(error, 'This cannot be scored together');
  if (draft === undefined) notices.tell(error);
  else notices.say(draft);
}

/** Tells why a score cannot be explained. */
export function tellOfExplanation(notices: Notices, error: unknown): void {
  const draft = draftOf(error, 'Why the captions score so cannot be told');
  if (draft === undefined) notices.tell(error);
  else notices.say(draft);
}

/** What has another remedy here than elsewhere, with it; undefined where the common words fit. */
function draftOf(error: unknown, title: string): NoticeDraft | undefined {
  if (!(error instanceof StudioError)) return undefined;
  const detail = error.message;
  switch (error.code) {
    case 'argument-invalid':
      return { tone: 'attention', title, text: sentence(detail.replace(/^evaluation: /u, '')), subject: 'scoring' };
    case 'out-of-memory':
      return {
        tone: 'attention',
        title: 'There is not enough memory',
        text: 'Close other tabs, compare fewer systems, or score in a terminal. What is compared here stays.',
        detail,
      };
    case 'network':
      return {
        tone: 'attention',
        title: 'The data of a score could not be fetched',
        text: 'Look at the connection, then score again; or leave that score out: METEOR and CHAIR need data, the others none.',
        detail,
      };
    case 'file-invalid':
    case 'integrity':
      return {
        tone: 'attention',
        title: 'The data of a score is damaged',
        text: 'Reload the page, which fetches it anew; or leave that score out.',
        detail,
      };
    default:
      return undefined;
  }
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** Tells what came from another tab that compares at the same time; a change of no file is not worth a word. */
export function tellOfOtherTab(notices: Notices, { added, leftOut }: Pick<JoinedInputs, 'added' | 'leftOut'>): void {
  const name = (sources: JoinedInputs['added']): string => sources.map((source) => source.name).join(', ');
  if (added.length > 0) notices.say({ title: `Another tab added ${name(added)}`, text: 'Both tabs’ files are compared here now.' });
  if (leftOut.length > 0) {
    const text = 'Two sets are compared at most. Remove one here, then add its file again.';
    notices.say({ tone: 'attention', title: `References of another tab have no place: ${name(leftOut)}`, text, subject: 'left-out' });
  }
}
