/** @file From a style to the form of training that goes on from it. */

import type { StyleRecord } from '../styles/style-record.ts';
import type { Training } from './training.svelte.ts';
import type { TrainSetup } from './train-setup.svelte.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** The Train room's state, as far as it concerns styles. */
export interface GoOnParts {
  readonly setup: TrainSetup;
  readonly training: Training;
}

/**
 * Opens the Train room with a style to go on from: its method and sizes are set.
 *
 * @throws {StudioError} 'adapter-mismatch' saying why training cannot go on from it; the form is then as it was
 */
export async function goOnFrom(workspace: Workspace, style: StyleRecord, { setup, training }: GoOnParts): Promise<void> {
  const { model, notices, studio, styles } = workspace;
  if (training.isActive) {
    notices.say({ title: 'A training is under way', text: 'Pause it or let it end, then go on from this style.' });
    return;
  }
  await model.open();
  const method = await styles.loans.during(style, async () => {
    await styles.read(style);
    return studio.methodToGoOn(style.id);
  });
  training.leave();
  const { id, name, zip, summary } = style;
  setup.goOnFrom({ id, name, zip, facts: summary.facts, method }, summary.card.prompt);
  workspace.room = 'train';
}
