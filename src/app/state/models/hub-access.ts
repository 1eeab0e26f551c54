/** @file Hubs and the tokens for them: kept in this browser alone, each token sent to its own hub and to nobody else. */

import { openRecords } from '../../../storage/records.ts';
import type { Settings } from '../settings.svelte.ts';

interface Access {
  readonly host: string;
  readonly token: string;
}

/** The tokens by hub. */
export class HubAccess {
  readonly #records = openRecords<Access>('hub-access');
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The hub that was asked last. */
  get lastHub(): string {
    return this.#settings.now.hub;
  }

  /** Remembers a hub for the next time, with its token; '' forgets the token. */
  async use(host: string, token: string): Promise<void> {
    this.#settings.change({ hub: host });
    await this.keep(host, token);
  }

  /** The token for a hub; null where there is none. */
  async tokenOf(host: string): Promise<string | null> {
    return (await this.#records.load(host).catch(() => undefined))?.token ?? null;
  }

  /** Keeps a token, or forgets the hub's for ''. */
  async keep(host: string, token: string): Promise<void> {
    if (token === '') await this.#records.remove([host]);
    else await this.#records.save(host, { host, token });
  }
}
