/** @file What a run of the tests left in vitest's JSON report: which files it did not come to the end of, and the count of all. */

/**
 * @typedef {{ status: string }} TestResult
 * @typedef {{ name: string, status: string, assertionResults: readonly TestResult[] }} FileResult
 * @typedef {{ testResults: readonly FileResult[] }} Report
 */

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
