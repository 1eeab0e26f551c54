/** @file The machine, the model that is open on it, and the choice of where to compute. */

import type { Backend, LongProgress, MachineReport, ModelSource, ModelSummary } from '../../../../workers/api.ts';
import type { Studio } from '../../studio.ts';
import type { Settings } from '../settings.svelte.ts';

/** Where the model stands. */
export type ModelPhase = 'closed' | 'opening' | 'open';

/** The model and the machine it runs on. */
export class Model {
  machine = $state.raw<MachineReport | undefined>(undefined);
  summary = $state.raw<ModelSummary | undefined>(undefined);
  progress = $state.raw<LongProgress | undefined>(undefined);
  phase = $state<ModelPhase>('closed');
  readonly #studio: Studio;
  readonly #settings: Settings;
  readonly #chosenSource: () => Promise<ModelSource>;
  #inspecting: Promise<MachineReport> | undefined;
  #opening: Promise<ModelSummary> | undefined;

  /** @param chosenSource where the model is that the user chose */
  constructor(studio: Studio, settings: Settings, chosenSource: () => Promise<ModelSource> = () => Promise.resolve({ kind: 'embedded' })) {
    this.#studio = studio;
    this.#settings = settings;
    this.#chosenSource = chosenSource;
  }

  /** Where to compute: what the user chose; without a choice the GPU, where there is a real one. */
  get backend(): Backend | undefined {
    const chosen = this.#settings.now.backend;
    if (chosen !== undefined) return chosen;
    return this.machine?.webgpu.state === 'hardware' ? 'webgpu' : undefined;
  }

  /** Whether the user has to say where to compute before anything can be captioned. */
  get needsChoice(): boolean {
    return this.machine !== undefined && this.backend === undefined;
  }

  /** Looks at what this browser can compute on, once. */
  async inspect(): Promise<MachineReport> {
    this.#inspecting ??= this.#studio.inspectMachine().catch((error: unknown) => {
      this.#inspecting = undefined;
      throw error;
    });
    return (this.machine = await this.#inspecting);
  }

  /** Chooses where to compute, and remembers it; an open model that computes elsewhere is closed. */
  async choose(backend: Backend): Promise<void> {
    this.#settings.change({ backend });
    const open = this.summary ?? (await this.#opening?.catch(() => undefined));
    if (open !== undefined && open.backend !== backend) await this.close();
  }

  /**
   * Opens the model unless it is open.
   *
   * @throws {StudioError} what opening can fail with: 'webgpu-missing', 'out-of-memory', 'network', 'integrity' and others
   */
  async open(): Promise<ModelSummary> {
    if (this.summary !== undefined) return this.summary;
    this.#opening ??= this.#load().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Lets go of the model and its memory. */
  async close(): Promise<void> {
    this.forget();
    await this.#studio.closeModel();
  }

  /** Notes that the model is gone, as after a lost device. */
  forget(): void {
    this.summary = undefined;
    this.phase = 'closed';
  }

  async #load(): Promise<ModelSummary> {
    this.phase = 'opening';
    this.progress = undefined;
    try {
      await this.inspect();
      const backend = this.backend ?? 'wasm';
      const summary = await this.#studio.openModel({ source: await this.#chosenSource(), backend }, (progress) => {
        this.progress = progress;
      });
      this.summary = summary;
      this.phase = 'open';
      return summary;
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      this.progress = undefined;
    }
  }
}
