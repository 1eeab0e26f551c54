/** @file A load that begins from the start, where its source is not what it was any more. */

import type { GivenFile, LoadRequest, LoadSource } from '../../../../workers/models-api.ts';
import type { ModelOrigin } from '../../../storage/model-record.ts';
import { StudioError } from '../../../core/error.ts';
import type { ModelEntry } from './model-entry.ts';
import type { Models } from './models.svelte.ts';

/**
 * Looks at a model's source once more, then removes what came from the earlier one and loads it again, under its name and with its prompt.
 *
 * @param files the folder again, for a model that came from one
 * @throws {StudioError} what looking at the source throws; nothing is removed then
 */
export async function loadAnew(models: Models, entry: ModelEntry, files: readonly GivenFile[] | null): Promise<void> {
  const { name, note, record, isHeld } = entry;
  const source = await sourceOf(models, record.origin, files);
  const { choices } = await models.thread.survey(source);
  const choice = choices.find(({ form }) => form === record.form);
  if (!choice)
    throw new StudioError('argument-invalid', `${name}: it cannot be loaded as ${record.form} any more; remove it and add it again`);
  await models.remove(entry);
  const keep: LoadRequest['keep'] = isHeld ? 'memory' : 'browser';
  const modelId = crypto.randomUUID();
  if (note.prompt !== undefined) await models.setPrompt({ ...entry, id: modelId }, note.prompt);
  await models.load({ modelId, source, form: choice.form, name, keep });
}

async function sourceOf({ access }: Models, origin: ModelOrigin, files: readonly GivenFile[] | null): Promise<LoadSource> {
  switch (origin.kind) {
    case 'hub':
      return { kind: 'hub', id: `${origin.id}@${origin.revision}`, host: origin.host, token: await access.tokenOf(origin.host) };
    case 'address':
      return { kind: 'address', url: origin.url };
    case 'folder':
      return { kind: 'folder', name: origin.name, files: files ?? [] };
    default:
      return origin satisfies never;
  }
}
