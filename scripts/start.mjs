/** @file `npm start`: installs what is missing, builds when something changed, serves the studio and opens it. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';
import { ensurePage } from './page.mjs';
import { root } from './process.mjs';

const usage = `npm start -- [options]

  --port NUMBER   where it listens; the next free one where it is taken (4173)
  --host NAME     which address it listens on; 0.0.0.0 serves a network (localhost)
  --no-open       does not open a browser
  --help          shows this`;

/**
 * Ends the process as a command that makes no sense does.
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  console.error(`${message}\n\n${usage}`);
  process.exit(2);
}

/** Reads the options; ends the process where there is one that does not exist. */
function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '4173' },
        host: { type: 'string', default: 'localhost' },
        open: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
      allowNegative: true,
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const values = readOptions();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const port = Number(values.port);
if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) refuse(`--port takes a number from 1 to 65535, not "${values.port}"`);

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

/** Serves the built page; ends the process with a sentence where the address cannot be had. */
async function serve() {
  // Imported only now: on a fresh machine there was nothing to import before the installation.
  const { preview } = await import('vite');
  try {
    return await preview({ root, logLevel: 'warn', preview: { port, host: values.host, strictPort: false } });
  } catch (error) {
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    const isOfHost = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
    console.error(isOfHost ? `--host ${values.host}: this machine has no such address; localhost and 0.0.0.0 work` : message);
    process.exit(1);
  }
}

await ensureInstalled();
await ensurePage();

const server = await serve();
const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0] ?? `http://${values.host}:${port}/`;
console.log(`Caption Studio is at ${address}  (Ctrl-C ends it)`);
if (values.open && isDesktopSession()) openInBrowser(address);
