/** @file What comes into the gallery: pictures, data sets, addresses, the samples. */

import { fetchPicture } from '../../intake/address-picture.ts';
import { readFiles, type Intake } from '../../intake/drop.ts';
import { fetchSamples } from '../../intake/samples.ts';
import type { Card } from './card.svelte.ts';
import { sayImport } from '../dataset/say-import.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** Adds what came in and starts to caption it. */
export function takeIn(workspace: Workspace, intake: Intake | undefined): void {
  if (intake === undefined) return;
  const { notices, library, prompting } = workspace;
  if (intake.address !== undefined) void addAddress(workspace, intake.address).catch((error: unknown) => notices.tell(error));
  else if (intake.pictures.length + intake.others.length === 0) {
    notices.say({ title: 'There are no pictures in it', text: 'JPEG, PNG, WebP, AVIF, GIF and BMP are taken.' });
  }
  const isDataset = intake.others.length > 0 || intake.pictures.some(({ root }) => root !== undefined);
  if (isDataset) void workspace.tryOrTell(() => takeDataset(workspace, intake));
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

async function takeDataset(workspace: Workspace, intake: Intake): Promise<void> {
  const { importing, library, prompting, editing, notices } = workspace;
  const outcome = await importing.read(intake);
  takeCards(workspace, library.addDataset(outcome.pictures, prompting.recipe));
  const changed = editing.apply('Captions read from a file', outcome.changes);
  notices.say({ ...sayImport(outcome, changed), acts: [{ label: 'Details', run: () => void (workspace.overlay = 'import') }] });
}

function takeCards({ thumbnails, queue }: Workspace, cards: readonly Card[]): void {
  thumbnails.make(cards);
  queue.add(cards.filter((card) => card.state !== 'done'));
}
