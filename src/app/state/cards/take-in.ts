/** @file What comes into the gallery: pictures, data sets, addresses, the samples. */

import { fetchPicture } from '../../intake/address-picture.ts';
import { readFiles, type Intake, type OnFound } from '../../intake/drop.ts';
import { fetchSamples } from '../../intake/samples.ts';
import { Arrival, isUndecided } from './arrival.ts';
import type { Card } from './card.svelte.ts';
import { tellTrouble } from '../prompt/tell-trouble.ts';
import type { ImportRun } from '../dataset/importing.svelte.ts';
import { sayImport } from '../dataset/say-import.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Adds what `look` finds, pictures of folders while it is still looking; it is called at once, within the event that a browser asks for. */
export async function takeInFound(workspace: Workspace, look: (onFound: OnFound) => Promise<Intake | undefined>): Promise<void> {
  const { importing } = workspace;
  const found: { coming?: Coming } = {};
  const looking = look((pictures) => {
    found.coming ??= begin(workspace);
    importing.find(found.coming.run, pictures);
  });
  await workspace.tryOrTell(async () => {
    try {
      const intake = await looking;
      if (found.coming === undefined) takeIn(workspace, intake);
      else if (intake !== undefined) await takeDataset(workspace, intake, found.coming);
    } catch (error) {
      if (found.coming !== undefined) {
        importing.end(found.coming.run);
        found.coming.arrival.takeBack();
      }
      throw error;
    }
  });
}

/** Adds what came in and starts to caption it. */
export function takeIn(workspace: Workspace, intake: Intake | undefined): void {
  if (intake === undefined) return;
  const { notices, library, prompting } = workspace;
  if (intake.address !== undefined) void addAddress(workspace, intake.address).catch((error: unknown) => notices.tell(error));
  else if (intake.pictures.length + intake.others.length === 0) {
    notices.say({ title: 'There are no pictures in it', text: 'JPEG, PNG, WebP, AVIF, GIF and BMP are taken.' });
  }
  const isDataset = intake.others.length > 0 || intake.pictures.some(({ root }) => root !== undefined);
  if (isDataset) void workspace.tryOrTell(() => addDataset(workspace, intake));
  else takeCards(workspace, library.add(intake.pictures, prompting.recipe));
}

/** Adds a picture from the web. @throws {StudioError} 'argument-invalid', 'network' or 'picture-invalid' */
export async function addAddress(workspace: Workspace, address: string): Promise<void> {
  takeIn(workspace, readFiles([await fetchPicture(address)]));
}

/** Adds the samples. Where a choice is due, this click is it: the notice beside it says so. */
export async function trySamples(workspace: Workspace): Promise<void> {
  const { model } = workspace;
  if (model.machine === undefined) await model.inspect().catch(() => undefined);
  if (model.needsChoice) await model.choose('wasm');
  await workspace.tryOrTell(async () => takeIn(workspace, readFiles(await fetchSamples())));
}

/** A data set on its way into the gallery. */
interface Coming {
  readonly arrival: Arrival;
  readonly run: ImportRun;
}

function begin({ library, editing, prompting, importing }: Workspace): Coming {
  const arrival = new Arrival({ library, editing, recipe: () => prompting.recipe });
  return { arrival, run: importing.begin(arrival) };
}

/** Adds a data set; where it cannot be read to its end, nothing of it stays. */
async function addDataset(workspace: Workspace, intake: Intake): Promise<void> {
  const coming = begin(workspace);
  try {
    await takeDataset(workspace, intake, coming);
  } catch (error) {
    coming.arrival.takeBack();
    throw error;
  }
}

async function takeDataset(workspace: Workspace, intake: Intake, { arrival, run }: Coming): Promise<void> {
  const { importing, library, editing, notices } = workspace;
  const outcome = await importing.read(intake, run);
  const { cards, changes } = arrival.settle(outcome.pictures);
  // Nothing was captioned before it was known what has a caption.
  takeCards(
    workspace,
    cards.filter((card) => library.has(card)),
  );
  const changed = editing.apply('Captions read from a file', outcome.changes);
  editing.apply('Captions read from a file', changes);
  notices.say({
    ...sayImport(outcome, changed),
    acts: [{ label: 'Details', run: () => void (workspace.overlay = 'import') }],
    ...(outcome.reading.problems.length > 0 && { subject: 'import' }),
  });
}

function takeCards(workspace: Workspace, cards: readonly Card[]): void {
  const { thumbnails, queue } = workspace;
  const undecided = cards.filter(isUndecided);
  thumbnails.make(cards);
  if (undecided.length > 0) tellTrouble(workspace);
  queue.add(undecided);
}
