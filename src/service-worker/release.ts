/** @file What the build tells the service worker about the files beside it. */

/** One build of the page. */
export interface Release {
  /** Paths that are fetched before anything is shown offline, relative to the page. */
  readonly shell: readonly string[];
  /** Every file of the build and its hash; a file is kept under both, so that releases never mix. */
  readonly hashes: Readonly<Record<string, string>>;
}

declare const STUDIO_RELEASE: Release;

/** The release that this service worker was built with; scripts/build/offline.ts writes it in. */
export const release = STUDIO_RELEASE;

/** What the page may say to its service worker. */
export type ServiceWorkerRequest =
  | { readonly kind: 'take-over' } // end the older release now
  | { readonly kind: 'keep'; readonly prefixes: readonly string[] }; // store the files whose path starts so
