/** @file Lets `vi.waitFor` and `vi.waitUntil` wait as long as a busy machine needs; of their own they give up after a second. */
import { vi } from 'vitest';

const patienceMs = 30_000;
const { waitFor, waitUntil } = vi;

vi.waitFor = (check, options) => waitFor(check, typeof options === 'number' ? options : { timeout: patienceMs, interval: 10, ...options });
vi.waitUntil = (check, options) =>
  waitUntil(check, typeof options === 'number' ? options : { timeout: patienceMs, interval: 10, ...options });
