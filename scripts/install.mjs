/** @file Brings the installed packages in step with the lockfile, and does nothing where they are. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './process.mjs';

const oldestNode = [20, 19];

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>}
 */
function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** Says whether every package of the lockfile is there in its version; optional ones belong to other systems. */
export function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(
    ([path, locked]) => path === '' || locked.optional === true || present[path]?.version === locked.version,
  );
}

/** Ends the process with a sentence where this Node is too old for the tools. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(
    `Caption Studio needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}. Install it from nodejs.org.`,
  );
  process.exit(1);
}

/** Runs `npm ci` with the npm that started this script, or the one on the PATH. */
function installPackages() {
  // A published package has no lockfile beside it, and .npmrc is only read by npm: say it once more for other readers.
  const environment = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const npm = process.env.npm_execpath;
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) return run(process.execPath, [npm, 'ci'], environment);
  if (process.platform === 'win32') return run('cmd.exe', ['/d', '/s', '/c', 'npm ci'], environment);
  return run('npm', ['ci'], environment);
}

/** Installs what is missing; ends the process where that fails. */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  console.log('Installing packages (once)…');
  const code = await installPackages();
  if (code === 0) return;
  console.error('The packages could not be installed: read what npm says above. Without a network, run this once where there is one.');
  process.exit(code);
}
