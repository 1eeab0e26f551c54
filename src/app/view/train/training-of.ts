/** @file One Train state for each workspace, made when the room is first shown. */

import { openPictureFiles } from '../../../storage/picture-files.ts';
import { openRecords } from '../../../storage/records.ts';
import { makeLasting } from '../../state/lasting.svelte.ts';
import { Forecast } from '../../state/train/forecast.ts';
import { TrainIntake } from '../../state/train/train-intake.svelte.ts';
import { itemsOfCards } from '../../state/train/train-data.ts';
import { TrainSetup } from '../../state/train/train-setup.svelte.ts';
import { Training } from '../../state/train/training.svelte.ts';
import type { Workspace } from '../../state/workspace.svelte.ts';

/** The room's state in its parts. */
export interface TrainRoomState {
  readonly setup: TrainSetup;
  readonly training: Training;
  readonly forecast: Forecast;
  readonly intake: TrainIntake;
}

const made = new WeakMap<Workspace, TrainRoomState>();

/** Gives the workspace's training; a run goes on while another room is shown. */
export function trainingOf(workspace: Workspace): TrainRoomState {
  const known = made.get(workspace);
  if (known !== undefined) return known;
  const state = makeLasting(() => makeState(workspace));
  made.set(workspace, state);
  void state.training.load().catch((error: unknown) => {
    workspace.notices.tell(error);
  });
  return state;
}

function makeState(workspace: Workspace): TrainRoomState {
  const { studio, model, notices, library, gallery } = workspace;
  const own = openPictureFiles('training-pictures');
  const setup = new TrainSetup(
    () => itemsOfCards(library.cards),
    () => itemsOfCards(library.cards.filter(({ id }) => gallery.selectedIds.has(id))),
  );
  setup.ask({ system: workspace.prompting.recipe.system ?? '', prompt: workspace.prompting.recipe.prompt });
  const places = { styles: workspace.styles, files: { gallery: workspace.stores.files, own } };
  const forecast = new Forecast({ studio, model, setup, ...places });
  const training = new Training({
    studio,
    model,
    notices,
    setup,
    records: openRecords('trainings'),
    ...places,
    sharing: workspace.sharing,
    onStyle: ({ name }) => {
      notices.say({ title: `${name} is ready`, text: 'It is among your styles now: choose it, compare it, or share it.' });
    },
  });
  const intake = new TrainIntake({ files: own, folders: openRecords('folders'), stamps: openRecords('stamps'), setup });
  return { setup, training, forecast, intake };
}
