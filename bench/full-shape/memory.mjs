/** @file The memory of a process, as Linux tells it. */
import { readFileSync } from 'node:fs';

/**
 * Reads what a process holds now; null on other systems, and where it has ended.
 * @param {number} pid
 * @returns {{ residentBytes: number, ownBytes: number } | null} `residentBytes` counts mapped files as well, which the system can take back
 * at any time; `ownBytes` does not
 */
export function readMemory(pid) {
  let status;
  try {
    status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  } catch {
    return null;
  }
  const kilobytes = (/** @type {string} */ field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { residentBytes: kilobytes('VmRSS') * 1024, ownBytes: (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024 };
}
