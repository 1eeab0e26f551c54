/**
 * @file Is loaded before the command line and sends it a signal in the very moment in which it has written so much: who looks from outside may look
 * when a fast process, or one beside a slow test, is done already. `runUntil` of run-studio.ts starts it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** @type {{ file: string, says: string, signal: NodeJS.Signals }} */
const { file, says, signal } = JSON.parse(process.env.STUDIO_MOMENT ?? '{}');
const { existsSync, readdirSync, readFileSync, statSync } = fs;
let isOver = false;

/** Gives what lies in the place: a file's text, or the names in a folder. */
function found() {
  return statSync(file).isDirectory() ? readdirSync(file).join('\n') : readFileSync(file, 'utf8');
}

function look() {
  if (isOver || !existsSync(file) || !new RegExp(says, 'u').test(found())) return;
  isOver = true;
  process.kill(process.pid, signal);
}

// Each way in which the command line lets a line, a file or a part of one be seen.
const { writeSync } = fs;
fs.writeSync = (...args) => {
  const written = writeSync(...args);
  look();
  return written;
};
for (const name of /** @type {const} */ (['appendFile', 'rename'])) {
  const original = fs.promises[name];
  fs.promises[name] = async (...args) => {
    await original(...args);
    look();
  };
}
syncBuiltinESMExports();
