/** @file The headers under which the studio runs: one source for the development server, the page and every host's file. */

/**
 * Headers that make a page cross-origin isolated, which several wasm threads need.
 *
 * @source html.spec.whatwg.org, "cross-origin opener policies" and "embedder policies"
 */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/**
 * What the page may load. Under connect-src, `https:` is for models and pictures that the user fetches from elsewhere, and this computer's own
 * ports are for mirrors that run on it; docs/adr/0007-models-from-anywhere.md says why it is no narrower.
 */
const policy: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'font-src': "'self'",
  'media-src': "'self' blob:",
  'connect-src': "'self' https: http://localhost:* http://127.0.0.1:* blob: data:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'object-src': "'none'",
};

function join(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** The policy for a `<meta>` element, in force on any host. */
export const pagePolicy = join(policy);

/** The policy as a header: the same, and nobody may frame the page (which a `<meta>` element cannot say). */
export const headerPolicy = join({ ...policy, 'frame-ancestors': "'none'" });

/** Every header that a host should send with every file. */
export const hostHeaders: Readonly<Record<string, string>> = {
  ...isolationHeaders,
  'Content-Security-Policy': headerPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};
