/** @file `npm test`: installs what is missing, finds a browser, builds the page, runs every test to its end and counts them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findChromium } from './find-chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { ensurePage } from './page.mjs';
import { root, run, runTool } from './process.mjs';
import { countLine, unfinishedFiles, unforgiven, withRepeated } from './test-results.mjs';
import { unhandledFile } from './unhandled-errors.mjs';

const args = process.argv.slice(2);
const results = join(root, '.cache/test-results.json');
const reporters = ['--reporter=default', '--reporter=json', `--reporter=${join(root, 'scripts/unhandled-errors.mjs')}`];

/** Says whether the arguments ask for the tests in Node alone, which need neither browser nor page. */
function isNodeOnly() {
  const projects = args.flatMap((arg, index) =>
    arg === '--project' ? [args[index + 1]] : arg.startsWith('--project=') ? [arg.slice(10)] : [],
  );
  return projects.length > 0 && projects.every((project) => project === 'node');
}

/** Says whether Debian's package can be installed without asking: as root, where apt is. */
function canUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Looks for a browser; ends the process with a sentence where CHROME_PATH names none. */
function findOrExit() {
  try {
    return findChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}

/** Returns a browser's path, installing Debian's package where that is possible; ends the process where there is none. */
async function ensureChromium() {
  const found = findOrExit();
  if (found !== undefined) return found;
  if (canUseApt()) {
    console.log('Installing Chromium for the tests (once)…');
    const environment = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], environment);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], environment);
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  console.error(
    'The tests need a Chromium-based browser and found none. Install Chrome, Chromium, Edge or Brave, ' +
      'or set CHROME_PATH to the program, then run npm test again. (npm test -- --project node runs without one.)',
  );
  process.exit(1);
}

/**
 * Runs vitest and reads its report, and which errors belong to no test; null where it wrote none.
 * @param {readonly string[]} asked
 * @returns {Promise<{ code: number, report: import('./test-results.mjs').Report | null, unhandled: readonly import('./test-results.mjs').UnhandledError[] | null }>}
 */
async function runTests(asked) {
  rmSync(results, { force: true });
  rmSync(unhandledFile, { force: true });
  const code = await runTool('vitest', ['run', ...reporters, `--outputFile.json=${results}`, ...asked]);
  return { code, report: readJson(results), unhandled: readJson(unhandledFile) };
}

/** @param {string} file */
function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

/**
 * Runs once more what a browser that went away left unfinished. Tests that failed are never run again: they failed. Nor is any other error
 * of the run forgiven.
 * @param {Awaited<ReturnType<typeof runTests>>} first
 */
async function finish({ code, report, unhandled }) {
  const files = report === null || code === 0 ? [] : unfinishedFiles(report);
  if (report === null || files.length === 0) return { code, report };
  console.log(`\nThe browser went away in the middle of the tests. ${files.length} files that it left unfinished are run in a new one:`);
  const again = await runTests(files.map((file) => relative(root, file)));
  const whole = again.report === null ? report : withRepeated(report, again.report);
  const others = unhandled === null ? [['The errors of the first run are not known.']] : unforgiven(unhandled);
  for (const messages of others)
    console.log(`An error of the first run belongs to no test and is not that of its browser: ${messages.join(': ')}`);
  const hasFailed = whole.testResults.some(({ status }) => status === 'failed') || unfinishedFiles(whole).length > 0 || others.length > 0;
  return { code: again.code !== 0 || hasFailed ? 1 : 0, report: whole };
}

await ensureInstalled();
if (!isNodeOnly()) {
  const browser = await ensureChromium();
  console.log(`Browser: ${browser} (${browserVersion(browser)})`);
  await ensurePage();
}
const { code, report } = await finish(await runTests(args));
console.log(report === null ? '0 passed, 0 failed: no test ran' : countLine(report));
process.exit(code);

/**
 * Asks the browser for its version; some answer only with a window, so a failure is no error.
 * @param {string} browser
 */
function browserVersion(browser) {
  try {
    return execFileSync(browser, ['--version', '--no-sandbox'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'version unknown';
  }
}
