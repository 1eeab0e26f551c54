/** @file The way back after something was taken out of the Evaluate room: it comes to what is compared by then. */

import { joinInputs } from './evaluation-joining.ts';
import type { CaptionSource, EvaluationInputs } from './evaluation-record.ts';
import type { InputsDoor } from './evaluation-writing.svelte.ts';
import type { Notices } from '../notices.svelte.ts';

/** What was compared before something was taken out, and right after. */
export interface TakenOut {
  readonly full: EvaluationInputs;
  readonly emptied: EvaluationInputs;
}

/** Says what was taken out, with a way back; where references have no place any more, the way back stays until they have. @param alsoBack what else comes back */
export function offerWayBack(
  notices: Notices,
  title: string,
  taken: TakenOut,
  door: InputsDoor & { readonly alsoBack?: () => void },
): void {
  const undo = (): void => {
    const { inputs, leftOut } = broughtBack(taken, door.read());
    if (leftOut.length > 0) {
      const names = leftOut.map(({ name }) => name).join(', ');
      const text = 'Two sets are compared at most. Remove one, then undo once more.';
      notices.say({ tone: 'attention', title: `There is no place for ${names}`, text, acts: [{ label: 'Undo', run: undo }] });
      return;
    }
    door.change(inputs);
    door.alsoBack?.();
  };
  notices.say({ title, acts: [{ label: 'Undo', run: undo }] });
}

/** Joins what was taken out with what is there now; what came in meanwhile stays. */
export function broughtBack(
  { full, emptied }: TakenOut,
  now: EvaluationInputs,
): { readonly inputs: EvaluationInputs; readonly leftOut: readonly CaptionSource[] } {
  if (now === emptied) return { inputs: full, leftOut: [] };
  const { inputs, leftOut } = joinInputs({ before: emptied, mine: now, theirs: full });
  const inOrder = (sources: readonly CaptionSource[], order: readonly CaptionSource[]): readonly CaptionSource[] => {
    const places = new Map(order.map(({ id }, index) => [id, index]));
    const placeOf = ({ id }: CaptionSource): number => places.get(id) ?? order.length;
    return sources.toSorted((a, b) => placeOf(a) - placeOf(b));
  };
  return {
    inputs: {
      ...inputs,
      systems: inOrder(inputs.systems, full.systems),
      references: inOrder(inputs.references, full.references),
    },
    leftOut,
  };
}
