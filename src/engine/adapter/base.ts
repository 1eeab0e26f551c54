/** @file Which model an adapter belongs to, and whether that is the open one. */

import type { AdapterBase } from '../../core/adapter/learned.ts';
import { sha256 } from '../bundle/verify.ts';
import type { Bundle } from '../bundle/bundle.ts';

/** What a hub calls a model: `owner/name`, with a revision or without. */
const hubId = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/;

/** Names a bundle as the base of what is learned on it. */
export async function baseOf({ manifest }: Bundle): Promise<AdapterBase> {
  const [, name = manifest.name, revision = null] = hubId.exec(manifest.source) ?? [];
  return { name, revision, digest: await baseDigest({ manifest }) };
}

/** A hash of all weights of a bundle, from the hashes of its shards. */
export function baseDigest({ manifest }: Pick<Bundle, 'manifest'>): Promise<string> {
  return sha256(new TextEncoder().encode(manifest.shards.map((shard) => shard.sha256).join('\n')));
}

/** How sure it is that a base is the one that is open; shapes are compared elsewhere. */
export interface BaseMatch {
  readonly isSure: boolean;
  /** A sentence for people; '' where it is sure. */
  readonly reason: string;
}

/** Compares the base that an adapter names with a bundle: by hash where both are known, else by name. */
export async function compareBase(base: AdapterBase, bundle: Bundle): Promise<BaseMatch> {
  const own = await baseOf(bundle);
  if (base.digest !== null && base.digest === own.digest) return { isSure: true, reason: '' };
  if (base.name === '') return { isSure: false, reason: 'It does not say which model it was learned on; every tensor fits this one.' };
  const names = [own.name, bundle.manifest.name, bundle.manifest.source].map(plainName);
  if (names.includes(plainName(base.name))) return { isSure: true, reason: '' };
  return {
    isSure: false,
    reason: `It was learned on ${base.name}, this is ${own.name}; every tensor fits, but captions may differ from what it was made for.`,
  };
}

/** A name without its owner, the folders above it, and the ending of a precision that a conversion adds. */
function plainName(name: string): string {
  const last = name.replace(/\/+$/, '').split(/[\\/]/).at(-1) ?? name;
  return (
    last
      .split('@')[0]
      ?.toLowerCase()
      .replace(/-(?:fp32|fp16|bf16|q8|q4|hf)$/, '') ?? last
  );
}
