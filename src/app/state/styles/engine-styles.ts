/** @file The styles that the engine's thread holds: read when they are first needed, let go of when they leave the library. */

import type { AdapterSource, AdapterSummary } from '../../../../workers/adapters-api.ts';
import { StudioError } from '../../../core/error.ts';
import type { Studio } from '../../studio.ts';
import { untilStopped } from '../../until-stopped.ts';
import { codeOf } from '../plain-error.ts';
import type { StyleFile } from './style-record.ts';
import type { GoingStyle, StyleWork } from './style-work.svelte.ts';

/** What the engine holds of styles. */
export class EngineStyles {
  readonly #studio: Studio;
  readonly #work: StyleWork;
  readonly #held = new Map<string, Promise<AdapterSummary>>();
  /** Those that are let go of when the jobs before that are done. */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(studio: Studio, work: StyleWork) {
    this.#studio = studio;
    this.#work = work;
  }

  /**
   * Reads a style of the library, unless it is there.
   *
   * @throws {StudioError} 'file-invalid' for one that is damaged, or is not what it was kept as; 'cancelled' where it was stopped
   */
  read(style: StyleFile): Promise<AdapterSummary> {
    const held = this.#held.get(style.id);
    if (held) return held;
    const reading = this.#work.run(style.name, (going) => this.#readAnew(style, going));
    this.#held.set(style.id, reading);
    reading.catch(() => {
      if (this.#held.get(style.id) === reading) this.#held.delete(style.id);
    });
    return reading;
  }

  /** Reads styles that are still wanted when their turn comes, until it is stopped; gives those that cannot be read, with the reason. */
  async readAll(styles: readonly StyleFile[], isWanted: (id: string) => boolean): Promise<ReadonlyMap<string, string>> {
    const unreadable = new Map<string, string>();
    for (const style of styles) {
      if (!isWanted(style.id)) continue;
      try {
        await this.read(style);
      } catch (error) {
        if (codeOf(error) === 'cancelled') break;
        unreadable.set(style.id, error instanceof Error ? error.message : String(error));
      }
    }
    return unreadable;
  }

  /** Reads a style from elsewhere; it is held from then on. @throws {StudioError} 'file-invalid', 'adapter-mismatch', 'network', 'cancelled' */
  async bring(source: AdapterSource, going: GoingStyle): Promise<AdapterSummary> {
    for (;;) {
      const summary = await this.#studio.loadAdapter(source, going);
      const leaving = this.#leaving.get(summary.id);
      if (leaving === undefined) {
        this.note(summary);
        return summary;
      }
      await untilStopped(leaving, going.stop); // and with it what has just been read
      going.stop.throwIfAborted();
    }
  }

  /** Notes a style that the engine has. */
  note(summary: AdapterSummary): void {
    this.#held.set(summary.id, Promise.resolve(summary));
  }

  /** Lets go of a style and of its room, once no job may be wearing it. */
  drop(id: string): Promise<void> {
    const held = this.#held.get(id);
    if (held === undefined) return this.#leaving.get(id) ?? Promise.resolve();
    this.#held.delete(id);
    const leaving = held
      .then(
        () => this.#studio.unloadAdapter(id),
        () => undefined, // it was never there
      )
      .finally(() => {
        if (this.#leaving.get(id) === leaving) this.#leaving.delete(id);
      });
    this.#leaving.set(id, leaving);
    return leaving;
  }

  async #readAnew({ id, name, zip }: StyleFile, going: GoingStyle): Promise<AdapterSummary> {
    const leaving = this.#leaving.get(id);
    if (leaving !== undefined) {
      await untilStopped(leaving, going.stop);
      going.stop.throwIfAborted();
    }
    const summary = await this.#studio.loadAdapter({ kind: 'zip', name: `${name}.zip`, file: zip }, going);
    if (summary.id === id) return summary;
    if (!this.#held.has(summary.id)) await this.#studio.unloadAdapter(summary.id);
    throw new StudioError('file-invalid', `${name}: its numbers are not those that it was kept with; import it again`);
  }
}
