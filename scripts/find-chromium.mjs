/** @file Finds a Chromium-based browser on this machine: an explicit path, then what is installed. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { homedir } from 'node:os';

/** Names under which Linux distributions put Chromium-based browsers on the PATH, the plainest first. */
const linuxNames = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'brave-browser',
];

/** Programs inside a macOS Applications folder. */
const macPrograms = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'Brave Browser.app/Contents/MacOS/Brave Browser',
];

/** Programs inside a Windows program folder. */
const windowsPrograms = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
  'BraveSoftware\\Brave-Browser\\Application\\brave.exe',
];

/** @param {string | undefined} path */
function isExecutable(path) {
  if (path === undefined || path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lists where a browser may be on this system, most wanted first.
 * @param {NodeJS.ProcessEnv} environment
 * @param {NodeJS.Platform} platform
 * @returns {string[]} full paths, not yet checked
 */
export function listCandidates(environment, platform) {
  if (platform === 'darwin') {
    return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) => macPrograms.map((program) => join(folder, program)));
  }
  if (platform === 'win32') {
    const folders = [environment.PROGRAMFILES, environment['PROGRAMFILES(X86)'], environment.LOCALAPPDATA];
    return folders.flatMap((folder) => (folder === undefined ? [] : windowsPrograms.map((program) => `${folder}\\${program}`)));
  }
  const folders = [...(environment.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin'].filter(
    (folder) => folder !== '',
  );
  return linuxNames.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/**
 * Finds the browser to test with; CHROME_PATH wins over everything.
 * @param {NodeJS.ProcessEnv} [environment]
 * @param {NodeJS.Platform} [platform]
 * @returns {string | undefined} its path, or undefined where none is installed
 * @throws {Error} where CHROME_PATH names something that cannot be run: silently taking another browser would hide it
 */
export function findChromium(environment = process.env, platform = process.platform) {
  const explicit = environment.CHROME_PATH;
  if (explicit !== undefined && explicit !== '') {
    if (isExecutable(explicit)) return explicit;
    throw new Error(
      `CHROME_PATH is "${explicit}", which is no program that can be run. Correct it, or unset it to use an installed browser.`,
    );
  }
  return listCandidates(environment, platform).find(isExecutable);
}
