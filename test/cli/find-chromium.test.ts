/** @file Where the tests look for a browser on each system. */
import { describe, expect, it } from 'vitest';
import { findChromium, listCandidates } from '../../scripts/find-chromium.mjs';

describe('findChromium', () => {
  it('takes the program that CHROME_PATH names', () => {
    expect(findChromium({ CHROME_PATH: process.execPath }, 'linux')).toBe(process.execPath);
  });

  it('refuses a CHROME_PATH that is no program, instead of taking another browser', () => {
    expect(() => findChromium({ CHROME_PATH: '/no/such/program' }, 'linux')).toThrow(/CHROME_PATH is "\/no\/such\/program"/);
  });

  it('finds nothing where nothing is installed', () => {
    expect(findChromium({ PROGRAMFILES: 'Z:\\nowhere' }, 'win32')).toBeUndefined();
  });
});

describe('listCandidates', () => {
  it('looks through the PATH on Linux, plain Chromium first', () => {
    const places = listCandidates({ PATH: '/opt/one:/opt/two' }, 'linux');
    expect(places.slice(0, 2)).toEqual(['/opt/one/chromium', '/opt/two/chromium']);
    expect(places).toContain('/opt/two/google-chrome');
  });

  it('looks into the program folders on Windows and the applications on macOS', () => {
    expect(listCandidates({ PROGRAMFILES: 'C:\\Program Files' }, 'win32')).toContain(
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    );
    expect(listCandidates({}, 'darwin')).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  });
});
