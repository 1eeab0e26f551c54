/** @file Opens tokenizer and template from the files of a checkpoint or bundle. */

import type { FileSet } from '../../core/codec/byte-source.ts';
import { readJsonObject, type JsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import type { LlavaModel } from '../../../models/family.ts';
import { defaultTemplate } from '../../../models/templates.ts';
import { maxTemplateCharacters } from './bounded/bounded-template.ts';
import { openChatTemplate, type ChatTemplate } from './template.ts';
import { openTokenizer, type TextTokenizer } from './tokenizer.ts';

/** Vocabularies of 150,000 tokens with merges take about 12 MB. @unit bytes */
const maxTokenizerBytes = 128 * 2 ** 20;

/** Reads a JSON file of a checkpoint or bundle, or gives null where it has none of that name. */
export async function readJsonFile(files: FileSet, path: string): Promise<JsonObject | null> {
  const file = await files.open(path);
  return file && readJsonObject(file, maxTokenizerBytes);
}

/** A tokenizer's files as they are written. */
export interface TokenizerTexts {
  readonly json: string;
  /** '{}' where there is none. */
  readonly config: string;
}

/**
 * Reads the tokenizer's files without opening it.
 *
 * @throws {StudioError} 'file-missing' when there is no tokenizer.json
 */
export async function readTokenizerFiles(files: FileSet): Promise<TokenizerTexts> {
  const [json, config] = await Promise.all(['tokenizer.json', 'tokenizer_config.json'].map((path) => readText(files, path)));
  if (json === null || json === undefined) throw new StudioError('file-missing', `${files.name}: there is no tokenizer.json`);
  return { json, config: config ?? '{}' };
}

async function readText(files: FileSet, path: string): Promise<string | null> {
  const file = await files.open(path);
  if (file === null) return null;
  if (file.byteLength > maxTokenizerBytes)
    throw new StudioError('file-invalid', `${path}: has ${String(file.byteLength)} bytes; no tokenizer is that large`);
  return new TextDecoder().decode(await file.slice(0, file.byteLength));
}

/**
 * Opens the tokenizer.
 *
 * @throws {StudioError} 'file-missing' when there is no tokenizer.json, 'file-invalid' when it cannot be used
 */
export async function openModelTokenizer(files: FileSet): Promise<TextTokenizer> {
  const json = await readJsonFile(files, 'tokenizer.json');
  if (!json)
    throw new StudioError('file-missing', `${files.name}: there is no tokenizer.json; save the checkpoint with its fast tokenizer`);
  return openTokenizer(json, (await readJsonFile(files, 'tokenizer_config.json')) ?? {});
}

/** Opens the chat template: the checkpoint's own, or its family's where it has none. */
export async function openModelTemplate(files: FileSet, model: LlavaModel, tokenizer?: TextTokenizer): Promise<ChatTemplate> {
  const { bosId, eosIds, tokenOf } = tokenizer ?? (await openModelTokenizer(files));
  const jinja = await files.open('chat_template.jinja');
  const spelled = (id: number | null | undefined): string => (id === null || id === undefined ? '' : (tokenOf(id) ?? ''));
  return openChatTemplate({
    jsonFile: await readJsonFile(files, 'chat_template.json'),
    // One character more than is taken is enough to refuse it.
    jinjaFile: jinja && new TextDecoder().decode(await jinja.slice(0, Math.min(jinja.byteLength, 4 * (maxTemplateCharacters + 1)))),
    tokenizerConfig: await readJsonFile(files, 'tokenizer_config.json'),
    fallback: defaultTemplate(model.decoder.kind).jinja,
    bosToken: spelled(bosId),
    eosToken: spelled(eosIds[0]),
  });
}
