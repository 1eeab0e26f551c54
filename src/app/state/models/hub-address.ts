/** @file Addresses of hubs. */

/** The hub that is asked where no other is named. */
export const publicHub = 'https://huggingface.co';

/** Gives a hub's address as it is kept: with its scheme, without slashes at the end. */
export function tidyHub(typed: string): string {
  const host = typed.trim().replace(/\/+$/, '');
  return /^https?:\/\//.test(host) ? host : `https://${host}`;
}
