/** @file Puts the security headers into the page and into the files that the usual static hosts read. */
import type { Plugin } from 'vite';
import { hostHeaders, pagePolicy } from './security.ts';

/** Built files carry a hash in their name and never change under it. */
const forever = 'public, max-age=31536000, immutable';

const entries = Object.entries(hostHeaders);

/** Netlify and Cloudflare Pages. */
function headersFile(): string {
  const lines = entries.map(([name, value]) => `  ${name}: ${value}`).join('\n');
  return `/*\n${lines}\n\n/assets/*\n  Cache-Control: ${forever}\n`;
}

/** Apache. */
function apacheFile(): string {
  const lines = entries.map(([name, value]) => `  Header always set ${name} "${value}"`).join('\n');
  return [
    'AddType text/javascript .js .mjs',
    'AddType application/wasm .wasm',
    'AddType application/manifest+json .webmanifest',
    '<IfModule mod_headers.c>',
    lines,
    '  <If "%{REQUEST_URI} =~ m#/assets/#">',
    `    Header set Cache-Control "${forever}"`,
    '  </If>',
    '</IfModule>',
    '',
  ].join('\n');
}

/** Vercel. */
function vercelFile(): string {
  const all = entries.map(([key, value]) => ({ key, value }));
  const headers = [
    { source: '/(.*)', headers: all },
    { source: '/assets/(.*)', headers: [{ key: 'Cache-Control', value: forever }] },
  ];
  return `${JSON.stringify({ headers }, null, 2)}\n`;
}

/** Writes the policy into the built page and `_headers`, `.htaccess` and `vercel.json` beside it. */
export function hostFiles(): Plugin {
  return {
    name: 'caption-studio:host-files',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      // The development server sends styles inline and talks over a socket: only the built page is held to the policy.
      handler: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: pagePolicy }, injectTo: 'head-prepend' }],
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile() });
      this.emitFile({ type: 'asset', fileName: '.htaccess', source: apacheFile() });
      this.emitFile({ type: 'asset', fileName: 'vercel.json', source: vercelFile() });
    },
  };
}
