/** @file Fetching a tokenizer from a hub: which one, from where, with which token. */

import { fetchFromHub, sizeOnHub, t5HubId, type HubPlace } from '../../intake/own-tokenizer.ts';
import type { HubAccess } from '../models/hub-access.ts';
import { tidyHub } from '../models/hub-address.ts';
import { t5TokenLimit, type TokenCount } from './token-count.svelte.ts';

/** What is asked of a hub; begins with the hub that the Models room asked last, and its token. */
export class TokenizerHub {
  id = $state(t5HubId);
  host = $state('');
  token = $state('');
  readonly #access: HubAccess;
  readonly #tokenCount: Pick<TokenCount, 'take'>;

  constructor(access: HubAccess, tokenCount: Pick<TokenCount, 'take'>) {
    this.#access = access;
    this.#tokenCount = tokenCount;
    this.host = access.lastHub;
  }

  /** Brings back the hub's token; what was typed meanwhile stays. */
  async recallToken(): Promise<void> {
    const [host, before] = [tidyHub(this.host), this.token];
    const known = (await this.#access.tokenOf(host)) ?? '';
    if (host === tidyHub(this.host) && this.token === before) this.token = known;
  }

  /** Asks how large the tokenizer is. @throws {StudioError} 'network', 'argument-invalid' @unit bytes */
  size(): Promise<number | undefined> {
    return sizeOnHub(this.#place());
  }

  /** Fetches the tokenizer and counts with it from now on. @throws {StudioError} 'network', 'argument-invalid', 'file-invalid' */
  async fetch(): Promise<void> {
    const place = this.#place();
    await this.#access.use(place.host, place.token);
    const json = await fetchFromHub(place);
    const name = place.id === t5HubId ? 'T5' : (place.id.split('/').at(-1) ?? place.id);
    await this.#tokenCount.take({ name, json, limit: t5TokenLimit });
  }

  #place(): HubPlace {
    return { host: tidyHub(this.host), id: this.id.trim(), token: this.token.trim() };
  }
}
