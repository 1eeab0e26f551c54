/** @file Choosing a style by its number. */

import { isComparing, type Act } from '../act.ts';
import { chooseStyle } from './style-choice.ts';
import { styleChoices, type StyleChoice } from './style-list.ts';
import type { Workspace } from '../workspace.svelte.ts';

const alias = 'adapter lora zero-shot';

const modelAlone: Act = {
  id: 'style-0',
  group: 'Prompt',
  label: () => 'Style: the model as it is',
  keys: '0',
  needsSight: true,
  alias,
  isOffered: (w) => !isComparing(w) && styleChoices(w).length > 0,
  run: (w) => chooseStyle(w, undefined),
};

/** Keys of styles: 0 is the model as it is. In a comparison they choose captions. */
export const styleActs: readonly Act[] = [
  modelAlone,
  ...Array.from({ length: 9 }, (_, i): Act => {
    const choiceOf = (w: Workspace): StyleChoice | undefined => styleChoices(w)[i];
    return {
      id: `style-${String(i + 1)}`,
      group: 'Prompt',
      label: (w) => {
        const choice = choiceOf(w);
        return choice === undefined ? `Style ${String(i + 1)}, once there is one` : `Style: ${choice.name}`;
      },
      keys: String(i + 1),
      needsSight: true,
      alias,
      isOffered: (w) => !isComparing(w) && choiceOf(w) !== undefined && choiceOf(w)?.refusal === undefined,
      run: (w) => choiceOf(w)?.choose(),
    };
  }),
];
