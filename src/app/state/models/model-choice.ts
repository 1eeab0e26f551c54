/** @file Which model captions, and where it computes: what waits in the line goes on with the new choice. */

import type { Backend } from '../../../../workers/api.ts';
import { embeddedId, type ModelEntry } from './model-entry.ts';
import type { Model } from './model.svelte.ts';
import type { Models } from './models.svelte.ts';
import type { Notices } from '../notices.svelte.ts';
import type { Prompting } from '../prompt/prompting.svelte.ts';
import type { Queue } from '../queue/queue.svelte.ts';
import type { Settings } from '../settings.svelte.ts';

/** What a choice of model has to do with. */
export interface ModelUsers {
  readonly model: Model;
  readonly models: Models;
  readonly queue: Queue;
  readonly settings: Settings;
  readonly prompting: Prompting;
  readonly notices: Notices;
  readonly library: { readonly cards: readonly unknown[] };
  /** Tells of an error where there is one. */
  tryOrTell(work: () => Promise<void>): Promise<void>;
}

/** Looks at the machine; a page that has pictures already opens the model right away. */
export async function prepareModel(users: ModelUsers): Promise<void> {
  const { model, library, queue, notices } = users;
  try {
    await findModel(users);
    await model.inspect();
    if (library.cards.length > 0 && model.backend !== undefined) await model.open();
  } catch (error) {
    // The queue tells of it when something is to be captioned; until then nobody has asked.
    if (queue.left > 0) notices.tell(error);
  }
}

/** Chooses where to compute and goes on with what waits. */
export async function chooseBackend(users: ModelUsers, backend: Backend): Promise<void> {
  const { queue, model, library } = users;
  await queue.halt();
  await users.tryOrTell(() => model.choose(backend));
  if (queue.left > 0) queue.go();
  else if (library.cards.length > 0) await prepareModel(users);
}

/** Chooses the model to caption with, with its own prompt where it has one, and goes on with what waits. */
export async function chooseModel(users: ModelUsers, id: string): Promise<void> {
  const { models, queue, settings, prompting, model } = users;
  if (id === models.chosenId) return;
  await queue.halt();
  settings.change({ modelId: id });
  const prompt = models.chosen?.note.prompt;
  if (prompt !== undefined) prompting.write(prompt);
  await users.tryOrTell(() => model.close());
  if (queue.left > 0) queue.go();
  else await prepareModel(users);
}

/** Deletes a model; where it was in use, the one that comes with the page takes its place. */
export async function removeModel(users: ModelUsers, entry: ModelEntry): Promise<void> {
  const { models, queue, model, notices } = users;
  const isChosen = models.chosenId === entry.id;
  if (isChosen) await queue.halt();
  await models.remove(entry);
  if (!isChosen) return;
  await model.close();
  notices.say({ title: `${entry.name} is gone`, text: 'The model that comes with the page is in use again.' });
}

/** A model that was held in memory, or that another tab removed, is not here any more. */
async function findModel({ models, settings, notices }: ModelUsers): Promise<void> {
  if (models.chosenId === embeddedId) return;
  await models.read();
  if (models.chosen !== undefined) return;
  settings.change({ modelId: embeddedId });
  notices.say({
    title: 'The chosen model is not here any more',
    text: 'The one that comes with the page is in use; choose another in Models.',
  });
}
