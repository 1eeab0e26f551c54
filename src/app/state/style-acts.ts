/** @file Choosing a style by its number. */

import type { Act } from './act.ts';

/** Keys of styles: 0 is the model as it is. */
export const styleActs: readonly Act[] = Array.from({ length: 10 }, (_, i) => ({
  id: `style-${String(i)}`,
  group: 'Prompt',
  label: (w) => (i === 0 ? 'Style: the model as it is' : `Style: ${w.styles.all[i - 1]?.name ?? ''}`),
  keys: String(i),
  alias: 'adapter lora zero-shot',
  isOffered: (w) =>
    i === 0 ? w.styles.all.length > 0 : w.styles.all[i - 1] !== undefined && w.styles.all[i - 1]?.summary.fit.state !== 'other',
  run: (w) => {
    w.chooseStyle(i === 0 ? undefined : w.styles.all[i - 1]?.id);
  },
}));
