/** @file Work on styles that may take long, since some are as large as a model: how far it is, and how it is stopped. */

import type { AdapterStage } from '../../../../workers/adapters-api.ts';
import { StudioError } from '../../../core/error.ts';
import type { StyleWatch } from '../../styles.ts';
import { timeLeftMs } from '../time-left.ts';

/** What is being done; `keeping` is the browser's own writing, of which it tells nothing. */
export type StyleStage = AdapterStage | 'keeping';

/** How far work on a style is. */
export interface StyleProgress {
  readonly name: string;
  readonly stage: StyleStage;
  /** @unit bytes */
  readonly done: number;
  /** 0 where it is not known. @unit bytes */
  readonly total: number;
  /** Of this stage; undefined until it can be told. @unit ms */
  readonly leftMs: number | undefined;
  /** Whether it ends at the next piece, since somebody stopped it. */
  readonly isStopping: boolean;
}

/** What work on a style is given: it may be told to end, and tells how far it is. */
export interface GoingStyle extends StyleWatch {
  /** Begins a stage of whose length nothing is known. */
  readonly begin: (stage: StyleStage) => void;
}

interface Going {
  readonly progress: StyleProgress;
  readonly startMs: number;
  readonly ends: AbortController;
}

/** What takes less says nothing of it. @unit ms */
const shortMs = 300;

/** All work on styles that goes on, the oldest first. */
export class StyleWork {
  #oldest = $state.raw<StyleProgress | undefined>(undefined);
  #isLong = $state(false);
  readonly #going = new Map<number, Going>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #serial = 0;

  /** How far the oldest work is; undefined while there is none, or for a moment only. */
  get progress(): StyleProgress | undefined {
    return this.#isLong ? this.#oldest : undefined;
  }

  /**
   * Does work on a style.
   *
   * @throws {StudioError} 'cancelled' where it was stopped, and what the work throws
   */
  async run<T>(name: string, work: (going: GoingStyle) => Promise<T>): Promise<T> {
    const id = ++this.#serial;
    const ends = new AbortController();
    if (this.#going.size === 0) this.#timer = setTimeout(() => (this.#isLong = true), shortMs);
    const progress: StyleProgress = { name, stage: 'reading', done: 0, total: 0, leftMs: undefined, isStopping: false };
    this.#put(id, { ends, startMs: performance.now(), progress });
    const tell = (stage: StyleStage, done: number, total: number): void => this.#note(id, { stage, done, total });
    try {
      return await work({
        stop: ends.signal,
        // Gives nothing back: the engine's thread, which calls it, could not take what the screen keeps.
        onProgress: ({ stage, done, total }) => tell(stage, done, total),
        begin: (stage) => tell(stage, 0, 0),
      });
    } finally {
      this.#end(id);
    }
  }

  /** Ends all work at the next piece; what was done before stays. */
  stop(): void {
    for (const [id, going] of [...this.#going]) {
      const { ends, progress } = going;
      this.#put(id, { ...going, progress: { ...progress, isStopping: true } });
      ends.abort(new StudioError('cancelled', `${progress.name}: stopped`));
    }
  }

  #put(id: number, going: Going): void {
    this.#going.set(id, going);
    this.#show();
  }

  #show(): void {
    const [oldest] = this.#going.values();
    this.#oldest = oldest?.progress;
  }

  #note(id: number, told: Pick<StyleProgress, 'stage' | 'done' | 'total'>): void {
    const before = this.#going.get(id);
    if (before === undefined) return; // a late report of work that is over
    const { ends, progress } = before;
    const nowMs = performance.now();
    const startMs = progress.stage === told.stage && progress.done <= told.done ? before.startMs : nowMs;
    const leftMs = told.total === 0 ? undefined : timeLeftMs(told.done / told.total, nowMs - startMs);
    this.#put(id, { ends, startMs, progress: { ...progress, ...told, leftMs } });
  }

  #end(id: number): void {
    this.#going.delete(id);
    this.#show();
    if (this.#going.size > 0) return;
    clearTimeout(this.#timer);
    this.#isLong = false;
  }
}
