/** @file One Evaluate state for each workspace, made when the room is first shown. */

import { openRecords } from '../../../storage/records.ts';
import { startScores } from '../../scores.ts';
import { Evaluation } from '../../state/evaluation.svelte.ts';
import type { Workspace } from '../../state/workspace.svelte.ts';

const made = new WeakMap<Workspace, Evaluation>();

/** Gives the workspace's evaluation; a run goes on while another room is shown. */
export function evaluationOf(workspace: Workspace): Evaluation {
  const known = made.get(workspace);
  if (known !== undefined) return known;
  const evaluation = new Evaluation({ openScores: startScores, records: openRecords('evaluations'), notices: workspace.notices });
  made.set(workspace, evaluation);
  return evaluation;
}
