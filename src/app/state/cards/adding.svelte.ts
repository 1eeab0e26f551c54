/** @file Adding a model: from where, what it takes, in which precision; nothing is fetched but headers until the user says so. */

import type { LoadChoice, LoadForm, LoadSource, SurveyReport } from '../../../../workers/models-api.ts';
import type { GivenFolder } from '../../intake/given-folder.ts';
import type { Model } from '../models/model.svelte.ts';
import { tidyHub } from '../models/hub-address.ts';
import type { Models } from '../models/models.svelte.ts';
import { readSpace, type StorageSpace } from '../storage-space.ts';
import { sayBytes } from '../words.ts';

/** Ways in. */
export type AddingKind = 'hub' | 'address' | 'folder';

/** What stands against a choice. */
export interface Obstacle {
  /** `stop`: it cannot work; `warn`: it may. */
  readonly weight: 'stop' | 'warn';
  readonly text: string;
}

/** The state of the window that adds a model. */
export class Adding {
  kind = $state<AddingKind>('hub');
  hubId = $state('');
  host = $state('');
  token = $state('');
  address = $state('');
  folder = $state.raw<GivenFolder | undefined>(undefined);
  phase = $state<'asking' | 'looking' | 'choosing'>('asking');
  report = $state.raw<SurveyReport | undefined>(undefined);
  space = $state.raw<StorageSpace | undefined>(undefined);
  form = $state<LoadForm>('q4');
  keep = $state<'browser' | 'memory'>('browser');
  name = $state('');
  trouble = $state.raw<unknown>(undefined);
  readonly #models: Models;
  readonly #model: Model;
  #source: LoadSource | undefined;
  #round = 0;

  constructor(models: Models, model: Model) {
    this.#models = models;
    this.#model = model;
    this.host = models.access.lastHub;
  }

  /** Whether enough is said to look. */
  get canLook(): boolean {
    if (this.kind === 'hub') return this.hubId.trim() !== '' && this.host.trim() !== '';
    return this.kind === 'address' ? this.address.trim() !== '' : this.folder !== undefined;
  }

  /** The choice that is made. */
  get choice(): LoadChoice | undefined {
    return this.report?.choices.find(({ form }) => form === this.form);
  }

  /** Brings back the hub's token; what was typed meanwhile stays. */
  async recallToken(): Promise<void> {
    const [host, before] = [this.#hub(), this.token];
    const known = (await this.#models.access.tokenOf(host)) ?? '';
    if (host === this.#hub() && this.token === before) this.token = known;
  }

  /** Looks at the source. */
  async look(): Promise<void> {
    const round = (this.#round += 1);
    this.phase = 'looking';
    this.trouble = undefined;
    try {
      const source = this.#readSource();
      if (source.kind === 'hub') await this.#models.access.use(source.host, this.token.trim());
      await this.#model.inspect().catch(() => undefined);
      const report = await this.#models.thread.survey(source);
      const space = await readSpace();
      if (round !== this.#round) return;
      [this.#source, this.report, this.space, this.name] = [source, report, space, report.name];
      this.form = this.#bestForm(report.choices);
      this.keep = 'browser';
      this.phase = 'choosing';
    } catch (error) {
      if (round !== this.#round) return;
      this.trouble = error;
      this.phase = 'asking';
    }
  }

  /** Goes back to the source. */
  back(): void {
    this.#round += 1;
    this.phase = 'asking';
    this.report = undefined;
  }

  /** Begins the load; the promise ends with it. */
  async load(): Promise<void> {
    const source = this.#source;
    if (source === undefined) return;
    const { form, keep } = this;
    await this.#models.load({ modelId: crypto.randomUUID(), source, form, keep, name: this.name.trim() || (this.report?.name ?? 'model') });
  }

  /** What stands against a choice on this machine, the worst first. */
  obstaclesOf(choice: LoadChoice): readonly Obstacle[] {
    const obstacles: Obstacle[] = [];
    const webgpu = this.#model.machine?.webgpu;
    const backend = this.#model.backend ?? 'wasm';
    if (webgpu !== undefined && webgpu.state !== 'missing' && backend === 'webgpu' && choice.largestBufferBytes > webgpu.maxBufferBytes) {
      const most = `this GPU holds ${sayBytes(webgpu.maxBufferBytes)} in one buffer`;
      obstacles.push({
        weight: 'stop',
        text: `Does not fit the GPU: ${choice.largestTensor} needs ${sayBytes(choice.largestBufferBytes)}, ${most}.`,
      });
    }
    if (backend === 'wasm' && choice.memoryBytes > wasmLimitBytes) {
      obstacles.push({
        weight: 'stop',
        text: `Does not fit wasm: it needs ${sayBytes(choice.memoryBytes)}, wasm can address ${sayBytes(wasmLimitBytes)}.`,
      });
    }
    if (!this.#fitsDisk(choice)) {
      const free = this.space === undefined ? '' : `, the browser says that ${sayBytes(this.space.freeBytes)} are free for this page`;
      obstacles.push({
        weight: 'warn',
        text: `There may be no room to keep it: it takes ${sayBytes(choice.storedBytes)}${free}. Remove models, or hold it in memory.`,
      });
    }
    return obstacles;
  }

  #readSource(): LoadSource {
    switch (this.kind) {
      case 'hub':
        return { kind: 'hub', host: this.#hub(), id: this.hubId.trim(), token: this.token.trim() === '' ? null : this.token.trim() };
      case 'address':
        return { kind: 'address', url: this.address.trim() };
      case 'folder':
        return { kind: 'folder', name: this.folder?.name ?? '', files: this.folder?.files ?? [] };
      default:
        return this.kind satisfies never;
    }
  }

  #hub(): string {
    return tidyHub(this.host);
  }

  #fitsDisk(choice: LoadChoice | undefined): boolean {
    return choice === undefined || this.space === undefined || choice.storedBytes + reserveBytes <= this.space.freeBytes;
  }

  /** The smallest loss that fits: large models as q4, small ones as q8. */
  #bestForm(choices: readonly LoadChoice[]): LoadForm {
    const q8 = choices.find(({ form }) => form === 'q8');
    if (q8 === undefined) return choices[0]?.form ?? 'as-is';
    return q8.memoryBytes <= comfortableBytes && this.obstaclesOf(q8).length === 0 ? 'q8' : 'q4';
  }
}

/** What 32-bit wasm can address. @unit bytes */
const wasmLimitBytes = 4 * 2 ** 30;
/** Left free for pictures and captions. @unit bytes */
const reserveBytes = 50e6;
/** Most graphics cards have room for this beside other programs. @unit bytes */
const comfortableBytes = 2e9;
