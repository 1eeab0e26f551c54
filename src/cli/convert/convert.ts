/** @file `convert`: turns a checkpoint into a bundle, and goes on where an earlier run was broken off. */

import { Option, type Command } from 'commander';
import { precisions, type Precision } from '../../engine/convert/precision.ts';
import { defaultHub } from '../../engine/load/hub.ts';
import { convertInto } from './convert-run.ts';

interface ConvertFlags {
  readonly quantize?: Precision;
  readonly name?: string;
  readonly licence?: string;
  readonly hubUrl: string;
  readonly restart?: boolean;
}

/** Adds the verb to a program. */
export function addConvertCommand(program: Command): void {
  program
    .command('convert')
    .description('turn a checkpoint in Hugging Face layout into a model bundle; the same command goes on after Ctrl-C')
    .argument('<checkpoint>', 'folder with config.json and safetensors, the address of one, or owner/name@revision on a hub')
    .argument('<bundle>', 'folder to write')
    .addOption(new Option('--quantize <precision>', 'how matrices are stored; q8 by default').choices(precisions))
    .option('--name <name>', 'what to call the model; the folder’s name by default')
    .option('--licence <text>', 'the weights’ licence, for the card; taken from the hub or the README by default')
    .option(
      '--hub-url <address>',
      'the hub that ids are looked up on; a token is read from HUB_TOKEN, for the public hub from HF_TOKEN',
      defaultHub,
    )
    .option('--restart', 'begin anew where an unfinished conversion lies in the bundle’s folder')
    .action(runConvert);
}

async function runConvert(checkpoint: string, bundle: string, { quantize, name, licence, hubUrl, restart }: ConvertFlags): Promise<void> {
  const interrupt = listenForInterrupts();
  try {
    const manifest = await convertInto(bundle, {
      source: checkpoint,
      hub: hubUrl,
      precision: quantize ?? null,
      name: name ?? null,
      licence: licence ?? null,
      isRestart: restart === true,
      pause: interrupt.signal,
    });
    const sizeBytes = [...manifest.shards, ...manifest.files].reduce((sum, file) => sum + file.sizeBytes, 0);
    process.stdout.write(`${bundle}: ${manifest.family}, ${manifest.precision}, ${(sizeBytes / 1e6).toFixed(1)} MB\n`);
  } finally {
    interrupt.end();
  }
}

/** The first Ctrl-C lets the part that is being written be finished, a second one ends the process. */
function listenForInterrupts(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    end: () => {
      process.removeListener('SIGINT', interrupt);
      process.removeListener('SIGTERM', interrupt);
    },
  };
}
