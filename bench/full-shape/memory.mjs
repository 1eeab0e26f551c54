/** @file The memory of a process, as Linux tells it; null on other systems. */
import { readFileSync } from 'node:fs';

/**
 * Reads what a process holds now.
 * @param {number} pid
 * @returns {{ residentBytes: number, ownBytes: number } | null} `residentBytes` counts mapped files as well, which the system can take back at
 * any time; `ownBytes` does not
 */
export function readMemory(pid) {
  let status;
  try {
    status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  } catch {
    return null; // it has ended, or this is not Linux
  }
  const kilobytes = (/** @type {string} */ field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { residentBytes: kilobytes('VmRSS') * 1024, ownBytes: (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024 };
}

/**
 * Watches a process until it is told to stop.
 * @param {() => readonly number[]} pids the processes to add up at each look
 * @param {number} everyMs
 */
export function watchMemory(pids, everyMs = 25) {
  const peak = { residentBytes: 0, ownBytes: 0 };
  const timer = setInterval(() => {
    const found = pids().map(readMemory);
    for (const field of /** @type {const} */ (['residentBytes', 'ownBytes'])) {
      peak[field] = Math.max(
        peak[field],
        found.reduce((sum, memory) => sum + (memory?.[field] ?? 0), 0),
      );
    }
  }, everyMs);
  return {
    peak,
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}
