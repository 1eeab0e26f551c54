/** @file The processes of a browser, as Linux lists them. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Finds the processes of the browser that keeps the profile, by what they are for; empty on other systems.
 * @param {string} profile
 */
export function browserProcesses(profile) {
  const all = listProcesses();
  const ours = new Set(all.filter(({ command }) => command.includes(profile)).map(({ pid }) => pid));
  for (let before = -1; before !== ours.size; ) {
    before = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  const ofType = (/** @type {string} */ type) =>
    all.filter(({ pid, command }) => ours.has(pid) && command.includes(`--type=${type}`)).map(({ pid }) => pid);
  return { page: ofType('renderer'), gpu: ofType('gpu-process') };
}

function listProcesses() {
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return []; // not Linux
  }
  return names.flatMap((name) => {
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
    } catch {
      return []; // it ended while it was looked at
    }
  });
}
