/** @file `npm start`: installs what is missing, builds when something changed, serves the studio and opens it. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { ensurePage } from './page.mjs';
import { root } from './process.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4173' },
    host: { type: 'string', default: 'localhost' },
    open: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

if (values.help) {
  console.log('npm start -- [--port 4173] [--host localhost] [--no-open]');
  process.exit(0);
}

/** Says whether somebody sits in front of this machine and would see a window. */
function isDesktopSession() {
  const { CI, SSH_CONNECTION, DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (CI !== undefined || SSH_CONNECTION !== undefined) return false;
  return process.platform === 'darwin' || process.platform === 'win32' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined;
}

/**
 * Opens the address in the user's browser; where that fails the printed address is enough.
 * @param {string} address
 */
function openInBrowser(address) {
  const openers = { darwin: ['open', address], win32: ['cmd.exe', '/d', '/c', 'start', '""', address] };
  const [program = '', ...args] = openers[/** @type {'darwin' | 'win32'} */ (process.platform)] ?? ['xdg-open', address];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

await ensureInstalled();
await ensurePage();

// Imported only now: on a fresh machine there was nothing to import before the installation.
const { preview } = await import('vite');
const server = await preview({
  root,
  logLevel: 'warn',
  preview: { port: Number(values.port), host: values.host, strictPort: false },
});
const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0] ?? `http://${values.host}:${values.port}/`;
console.log(`Caption Studio is at ${address}  (Ctrl-C ends it)`);
if (values.open && isDesktopSession()) openInBrowser(address);
