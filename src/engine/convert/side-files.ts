/** @file The files beside the weights: a bundle takes them over as they are, and adds a card. */

import type { FileSink } from '../../core/codec/byte-sink.ts';
import type { FileSet } from '../../core/codec/byte-source.ts';
import type { Shard } from '../../../models/bundle.ts';
import { sha256 } from '../bundle/verify.ts';
import { modelCard, type CardFacts } from './model-card.ts';

/** What is taken over where the checkpoint has it. */
const sideFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'generation_config.json',
  'chat_template.json',
  'chat_template.jinja',
] as const;

/** Where the card lies. */
export const cardPath = 'README.md';

/** Copies the side files of a checkpoint. */
export async function copySideFiles(files: FileSet, sink: FileSink): Promise<readonly Shard[]> {
  const copied: Shard[] = [];
  for (const path of sideFiles) {
    const file = await files.open(path);
    if (file) copied.push(await writeFile(sink, path, await file.slice(0, file.byteLength)));
  }
  return copied;
}

/** Writes the card. */
export function writeCard(sink: FileSink, facts: CardFacts): Promise<Shard> {
  return writeFile(sink, cardPath, new TextEncoder().encode(modelCard(facts)));
}

async function writeFile(sink: FileSink, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Shard> {
  const digest = await sha256(bytes);
  await sink.write(path, bytes);
  return { path, sizeBytes: bytes.byteLength, sha256: digest };
}
