#!/usr/bin/env node
/** @file The command line: picks the verb, and turns errors into sentences and exit codes. */

import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { StudioError } from '../core/error.ts';
import { addAdapterCommand } from './adapter.ts';
import { addBundleCommand } from './bundle.ts';
import { addCaptionCommand } from './caption/caption.ts';
import { addConvertCommand } from './convert/convert.ts';
import { addDatasetCommand } from './dataset/dataset.ts';
import { addEvaluateCommand } from './evaluate/evaluate.ts';
import { addInspectCommand } from './inspect.ts';
import { sayError } from './say-error.ts';
import { isSystemError, systemError } from './system-error.ts';
import { addMergeCommand } from './merge.ts';
import { addTraceCommand } from './trace.ts';
import { addTrainCommand } from './train/train.ts';

/** Exit codes: all done; something failed and is named; the command itself makes no sense. */
const exitCodes = { done: 0, failed: 1, badUse: 2 } as const;

async function main(): Promise<void> {
  const program = new Command('caption-studio').description(
    'Caption pictures with a LLaVA model, teach it your style, and score captions.',
  );
  program.version(version, '-V, --version', 'tell the version');
  program.configureHelp({ showGlobalOptions: true });
  for (const addCommand of [
    addCaptionCommand,
    addAdapterCommand,
    addBundleCommand,
    addConvertCommand,
    addDatasetCommand,
    addEvaluateCommand,
    addInspectCommand,
    addMergeCommand,
    addTraceCommand,
    addTrainCommand,
  ])
    addCommand(program);
  answerMisuse(program);
  program.hook('preAction', (_, command) => refuseEmptyPlaces(command));
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Lets a command, and those below it, throw where it is misused instead of ending the process, and lead to its help. */
function answerMisuse(command: Command): void {
  command.exitOverride();
  command.showHelpAfterError('(--help behind the command tells what it takes)');
  for (const below of command.commands) answerMisuse(below);
}

/** Names of places among what options and arguments take. */
const placeholders = /[<[](?:place|path|file|folder|source|picture|model|bundle|checkpoint|adapter)s?(?:\.{3})?[>\]]/u;

/** An empty name is a variable that was never set, and no wish for the folder where the command is run. @throws {StudioError} 'argument-invalid' */
function refuseEmptyPlaces(command: Command): void {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.includes(''));
  const options = command.options.filter(({ flags }) => placeholders.test(flags));
  const empty = options.find((option) => isEmpty(command.getOptionValue(option.attributeName())));
  if (empty) throw new StudioError('argument-invalid', `${empty.long ?? empty.flags}: is empty; say the place`);
  const dash = options.find((option) => option.mandatory && command.getOptionValue(option.attributeName()) === '-');
  if (dash)
    throw new StudioError('argument-invalid', `${dash.long ?? dash.flags} -: is written as files, not to the standard output; say a place`);
  const argument = command.registeredArguments.find((_, i) => isEmpty(command.processedArgs[i]));
  if (argument) throw new StudioError('argument-invalid', `<${argument.name()}>: is empty; say the place`);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badUse; // commander has said what is wrong
  if (isSystemError(error) && error.code === 'EPIPE') return exitCodes.done; // `| head` has what it wants
  const told = tell(error);
  sayError(told.message);
  if (process.env['DEBUG'] !== undefined) process.stderr.write(`${inspect(error)}\n`);
  return told.code === 'argument-invalid' || told.code === 'prompt-invalid' ? exitCodes.badUse : exitCodes.failed;
}

function tell(error: unknown): StudioError {
  if (error instanceof StudioError) return error;
  if (isSystemError(error)) return systemError(error, error.path ?? 'standard output');
  const message = error instanceof Error ? error.message : String(error);
  return new StudioError('internal', `internal: ${message}; this is our mistake: run it again with DEBUG=1 and report what it says`, {
    cause: error,
  });
}

// Errors of streams and of callbacks arrive here; they are told like all others.
process.on('uncaughtException', (error) => process.exit(report(error)));

await main();
