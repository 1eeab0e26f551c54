/** @file One Evaluate state for each workspace, made when the room is first shown. */

import type { StudioErrorCode } from '../../../core/error.ts';
import { openPictureFiles } from '../../../storage/picture-files.ts';
import { openRecords } from '../../../storage/records.ts';
import { startScores } from '../../scores.ts';
import { Evaluation } from '../../state/evaluate/evaluation.svelte.ts';
import { EvaluationCaptions } from '../../state/evaluate/evaluation-captions.svelte.ts';
import { EvaluationPictures } from '../../state/evaluate/evaluation-pictures.svelte.ts';
import { makeLasting } from '../../state/lasting.svelte.ts';
import type { NoticeAct } from '../../state/notices.svelte.ts';
import type { Workspace } from '../../state/workspace.svelte.ts';

const made = new WeakMap<Workspace, Evaluation>();

/** Gives the workspace's evaluation; a run goes on while another room is shown. */
export function evaluationOf(workspace: Workspace): Evaluation {
  const known = made.get(workspace);
  if (known !== undefined) return known;
  const evaluation = makeLasting(() => makeEvaluation(workspace));
  made.set(workspace, evaluation);
  return evaluation;
}

function makeEvaluation(workspace: Workspace): Evaluation {
  const { library, model, notices, studio, styles } = workspace;
  const pictures = new EvaluationPictures({
    records: openRecords('evaluation-pictures'),
    files: openPictureFiles('evaluation-pictures'),
    library,
  });
  const actsFor = (code: StudioErrorCode): readonly NoticeAct[] => {
    if (code !== 'permission') return [{ label: 'Try again', run: () => void evaluation.run() }];
    const allow = async (): Promise<void> => {
      if (await pictures.requestAccess()) await evaluation.run();
    };
    return [{ label: 'Allow', run: () => void workspace.tryOrTell(allow) }];
  };
  const captions = new EvaluationCaptions({
    studio,
    model,
    notices,
    records: openRecords('evaluation-captions'),
    actsFor,
    wear: (style) => styles.wear(style),
    first: workspace.queue,
  });
  const evaluation = new Evaluation({
    openScores: startScores,
    records: openRecords('evaluations'),
    notices,
    model,
    pictures,
    captions,
    onScored: (outcome) => workspace.scoring.take(outcome),
  });
  return evaluation;
}
