/** @file What a run of the tests left: which files it did not come to the end of, which errors belong to no test, and the count of all. */

/**
 * @typedef {{ status: string }} TestResult
 * @typedef {{ name: string, status: string, assertionResults: readonly TestResult[] }} FileResult
 * @typedef {{ testResults: readonly FileResult[] }} Report
 */

/** An error that belongs to no test, with the messages of what caused it, itself first. @typedef {readonly string[]} UnhandledError */

/** How vitest calls it when a browser goes away in the middle of its tests. */
const lostBrowser = 'Browser connection was closed while running tests';

/**
 * Tells an error by its messages.
 * @param {unknown} error
 * @returns {UnhandledError}
 */
export function tellUnhandled(error) {
  if (typeof error !== 'object' || error === null) return [String(error)];
  const { message, cause } = /** @type {{ message?: unknown, cause?: unknown }} */ (error);
  return [String(message), ...(cause === undefined ? [] : tellUnhandled(cause))];
}

/**
 * Lists the errors of a run that are not the going away of its browser: they are to make it fail, whatever is run again.
 * @param {readonly UnhandledError[]} errors
 */
export function unforgiven(errors) {
  return errors.filter((messages) => !messages.some((message) => message.includes(lostBrowser)));
}

/**
 * Lists the files that a run left unfinished: a browser that goes away in the middle of one takes it and all after it along, and vitest
 * reports them as passed, without tests or with tests that are still to come. A file that cannot be loaded has failed, and is none of these.
 * @param {Report} report
 * @returns {string[]} full paths
 */
export function unfinishedFiles({ testResults }) {
  return testResults
    .filter(({ status, assertionResults }) => status !== 'failed' && (assertionResults.length === 0 || assertionResults.some(isToCome)))
    .map(({ name }) => name);
}

/** @param {TestResult} test */
function isToCome({ status }) {
  return status === 'pending';
}

/**
 * Puts the results of files that were run again in the place of the earlier ones.
 * @param {Report} first
 * @param {Report} again
 * @returns {Report}
 */
export function withRepeated(first, again) {
  const repeated = new Map(again.testResults.map((file) => [file.name, file]));
  return { testResults: first.testResults.map((file) => repeated.get(file.name) ?? file) };
}

/**
 * Says how many tests there were of each kind, in one line for people and for machines that read logs.
 * @param {Report} report
 */
export function countLine({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const count = (/** @type {string} */ status) => tests.filter((test) => test.status === status).length;
  const skipped = tests.length - count('passed') - count('failed');
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length;
  return [
    `${count('passed')} passed, ${count('failed')} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(broken > 0 ? [`${broken} files could not be loaded`] : []),
  ].join(', ');
}
