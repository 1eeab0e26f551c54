/** @file What the chooser and the number keys offer: the library's styles first, then those that come with the studio and wait to be taken. */

import type { ShippedStyle } from '../../intake/shipped-styles.ts';
import { embeddedId } from '../models/model-entry.ts';
import { chooseStyle } from './style-choice.ts';
import { sayBytes } from '../words.ts';
import type { Workspace } from '../workspace.svelte.ts';

/** A style that can be chosen. */
export interface StyleChoice {
  readonly id: string;
  readonly name: string;
  /** What it is, how large, for which model, with which score, and a caption in it. */
  readonly about: string;
  /** Why it cannot be chosen; undefined where it can. */
  readonly refusal: string | undefined;
  /** Whether it comes with the studio and is not in the library yet. */
  readonly isOffered: boolean;
  readonly choose: () => void | Promise<void>;
}

/** Number keys, and chips in sight. */
const most = 9;

/** Lists the styles in the order of their numbers, from 1. */
export function styleChoices(workspace: Workspace): readonly StyleChoice[] {
  const { styles, shipped, models } = workspace;
  const known = styles.all.map(({ id, name, summary: { fit, card, facts, sizeBytes, base } }): StyleChoice => {
    const refusal = fit.state === 'other' ? fit.reason : undefined;
    return {
      id,
      name,
      about: sayAbout({ facts, sizeBytes, base, scores: card.scores, sample: card.sample }),
      refusal,
      isOffered: false,
      choose: () => chooseStyle(workspace, id),
    };
  });
  // They were learned for the model that comes with the studio.
  const offered = (models.chosenId === embeddedId ? shipped.offered : []).map((style): StyleChoice => {
    const choose = async (): Promise<void> => chooseStyle(workspace, (await shipped.takeAll(style)).id);
    return { id: style.name, name: style.title, about: sayAbout(style), refusal: undefined, isOffered: true, choose };
  });
  return [...known, ...offered].slice(0, most);
}

type AboutStyle = Pick<ShippedStyle, 'facts' | 'sizeBytes' | 'base' | 'scores' | 'sample'>;

function sayAbout({ facts, sizeBytes, base, scores, sample }: AboutStyle): string {
  const [score] = scores;
  return [
    facts,
    sayBytes(sizeBytes),
    base.name === '' ? 'base not named' : `for ${base.name}`,
    ...(score === undefined ? [] : [`${score.metric} ${String(score.value)}`]),
    ...(sample === '' ? [] : [`“${sample}”`]),
  ].join(' · ');
}
