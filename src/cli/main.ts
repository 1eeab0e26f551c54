#!/usr/bin/env node
/** @file The command line: picks the verb, and turns errors into sentences and exit codes. */

import { Command, CommanderError } from 'commander';
import { StudioError } from '../core/error.ts';
import { addCaptionCommand } from './caption.ts';
import { addConvertCommand } from './convert.ts';
import { addEvaluateCommand } from './evaluate.ts';
import { addInspectCommand } from './inspect.ts';
import { addTraceCommand } from './trace.ts';

/** Exit codes: all done; something failed and is named; the command itself makes no sense. */
const exitCodes = { done: 0, failed: 1, badUse: 2 } as const;

async function main(): Promise<void> {
  const program = new Command('caption-studio')
    .description('Caption pictures with a LLaVA model, and measure the captions.')
    .exitOverride();
  program.configureHelp({ showGlobalOptions: true });
  for (const addCommand of [addCaptionCommand, addConvertCommand, addEvaluateCommand, addInspectCommand, addTraceCommand])
    addCommand(program);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badUse; // commander has said what is wrong
  if (!(error instanceof StudioError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return error.code === 'argument-invalid' || error.code === 'prompt-invalid' ? exitCodes.badUse : exitCodes.failed;
}

// A reader that closes the pipe early (`| head`) has what it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

await main();
