/** @file The columns that ticked ways make. */

import type { WayPicker } from '../prompt/way-picker.svelte.ts';
import type { Workspace } from '../workspace.svelte.ts';
import type { ColumnDraft } from './comparison-column.ts';

/**
 * Makes columns of what is ticked, for the model that is open then; undefined where it has to be chosen first where to compute.
 *
 * @throws {StudioError} what opening the model or taking a style can fail with
 */
export async function makeDrafts({ model }: Pick<Workspace, 'model'>, ways: WayPicker): Promise<readonly ColumnDraft[] | undefined> {
  await model.inspect();
  if (model.needsChoice) return undefined;
  const { name, sha256 } = await model.open();
  return (await ways.takeRecipes('by-prompt')).map((recipe) => ({ model: { name, sha256 }, recipe }));
}
