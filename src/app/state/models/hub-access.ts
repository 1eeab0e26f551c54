/** @file Tokens for hubs: kept in this browser alone, each sent to its own hub and to nobody else. */

import { openRecords } from '../../../storage/records.ts';

interface Access {
  readonly host: string;
  readonly token: string;
}

/** The tokens by hub. */
export class HubAccess {
  readonly #records = openRecords<Access>('hub-access');

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
