/** @file What the studio says in passing: toasts that go away, and notices that stay until something is done. */

import { explainError } from './explain-error.ts';

/** Something that can be done about a notice. */
export interface NoticeAct {
  readonly label: string;
  readonly run: () => void;
}

/** A sentence or two, with what can be done. */
export interface Notice {
  readonly id: number;
  readonly tone: 'plain' | 'attention' | 'loss';
  readonly title: string;
  readonly text: string;
  /** The technical message, behind a fold. */
  readonly detail: string;
  readonly acts: readonly NoticeAct[];
  /** What it is about, where it stays until something is done; a later one about the same takes its place. */
  readonly subject?: string;
  /** What it offers to bring back; two that offer different things are two, also where they say the same. */
  readonly offers?: string;
  /** It waits for somebody to be there, and then goes away in its time. */
  readonly isForReturn?: boolean;
}

/** A notice as it is written down by its sender. */
export type NoticeDraft = Pick<Notice, 'title'> & Partial<Omit<Notice, 'id' | 'title'>>;

const toastMs = 6000;

const maxToasts = 4;

/** The stack of toasts. */
export class Notices {
  toasts = $state.raw<readonly Notice[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Says something in passing; with acts it stays twice as long, with a subject until it is closed, for a return until somebody is there. */
  say(draft: NoticeDraft): number {
    const id = this.#show(draft);
    if (draft.isForReturn !== true) this.resume(id);
    return id;
  }

  /** Hears that somebody is there: what waited for that goes away in its time. */
  noteUser(): void {
    for (const { id, isForReturn } of this.toasts) if (isForReturn === true && !this.#timers.has(id)) this.resume(id);
  }

  /** Tells an error and stays until it is closed. */
  tell(error: unknown, acts: readonly NoticeAct[] = []): number {
    const { title, advice, detail } = explainError(error);
    return this.#show({ tone: 'attention', title, text: advice, detail, acts });
  }

  /** Holds a toast while someone reads it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Lets a toast go away in its time; one that tells an error, or has a subject and is not for a return, stays. */
  resume(id: number): void {
    const notice = this.toasts.find((toast) => toast.id === id);
    if (notice === undefined || isStaying(notice)) return;
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), notice.acts.length === 0 ? toastMs : 2 * toastMs),
    );
  }

  /** Takes a toast away. */
  close(id: number): void {
    this.hold(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Takes the newest toast away; returns whether there was one. */
  closeNewest(): boolean {
    const newest = this.toasts.at(-1);
    if (newest === undefined) return false;
    this.close(newest.id);
    return true;
  }

  #show(draft: NoticeDraft): number {
    const id = this.#nextId++;
    const notice: Notice = { tone: 'plain', text: '', detail: '', acts: [], ...draft, id };
    // The same trouble twice is said once.
    const others = this.toasts.filter(
      ({ title, text, offers }) => title !== notice.title || text !== notice.text || offers !== notice.offers,
    );
    const toasts = [...others.filter(({ subject }) => subject === undefined || subject !== notice.subject), notice];
    // What goes away by itself makes room first.
    const passing = toasts.filter((toast) => toast !== notice && !isStaying(toast));
    const gone = new Set([...passing, ...toasts].slice(0, Math.max(0, toasts.length - maxToasts)));
    this.toasts = toasts.filter((toast) => !gone.has(toast));
    return id;
  }
}

function isStaying({ detail, subject, isForReturn }: Notice): boolean {
  return detail !== '' || (subject !== undefined && isForReturn !== true);
}
