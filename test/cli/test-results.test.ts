/** @file What `npm test` makes of vitest's reports: what a browser that went away left, and the count. */
import { describe, expect, it } from 'vitest';
import { countLine, tellUnhandled, unfinishedFiles, unforgiven, withRepeated } from '../../scripts/test-results.mjs';

const file = (
  name: string,
  status: string,
  ...tests: string[]
): { name: string; status: string; assertionResults: { status: string }[] } => ({
  name,
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

/** As vitest 4.1 reported three files of which the second lost its browser. */
const cutOff = {
  testResults: [
    file('whole', 'passed', 'passed', 'skipped'),
    file('cut', 'passed', 'passed', 'pending', 'pending'),
    file('unseen', 'passed'),
  ],
};

describe('unfinishedFiles', () => {
  it('are the one that lost its browser and those after it, not those with skipped tests', () => {
    expect(unfinishedFiles(cutOff)).toEqual(['cut', 'unseen']);
  });

  it('are never those that failed, even without a test', () => {
    expect(unfinishedFiles({ testResults: [file('broken', 'failed'), file('red', 'failed', 'passed', 'failed')] })).toEqual([]);
  });
});

describe('unforgiven', () => {
  /** As vitest 4.1 tells of a browser that went away in the middle of a file. */
  const lost = new Error('Failed to run the test /test/app/screen.test.ts.', {
    cause: new Error('[vitest] Browser connection was closed while running tests. Was the page closed unexpectedly?'),
  });

  it('is every error that belongs to no test, but the going away of the browser', () => {
    const errors = [lost, new Error('an answer that nobody waited for'), 'thrown as words'].map(tellUnhandled);
    expect(unforgiven(errors)).toEqual([['an answer that nobody waited for'], ['thrown as words']]);
  });

  it('is none where only the browser went away', () => {
    expect(unforgiven([tellUnhandled(lost)])).toEqual([]);
  });

  it('is an error that another one caused, told with both', () => {
    expect(unforgiven([tellUnhandled(new Error('outer', { cause: new Error('inner') }))])).toEqual([['outer', 'inner']]);
  });
});

describe('withRepeated', () => {
  it('takes the later results of the files that were run again, failures too', () => {
    const again = { testResults: [file('cut', 'failed', 'passed', 'failed', 'passed'), file('unseen', 'passed', 'passed')] };
    const whole = withRepeated(cutOff, again);
    expect(whole.testResults.map(({ name }) => name)).toEqual(['whole', 'cut', 'unseen']);
    expect(unfinishedFiles(whole)).toEqual([]);
    expect(countLine(whole)).toBe('4 passed, 1 failed, 1 skipped');
  });
});

describe('countLine', () => {
  it('names files that could not be loaded', () => {
    expect(countLine({ testResults: [file('good', 'passed', 'passed'), file('broken', 'failed')] })).toBe(
      '1 passed, 0 failed, 1 files could not be loaded',
    );
  });
});
