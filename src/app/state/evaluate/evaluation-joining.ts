/** @file Two tabs that compare at the same time: what either put in is kept. */

import { maxReferences } from './evaluation-inputs.ts';
import type { CaptionSource, EvaluationInputs } from './evaluation-record.ts';

/** What one tab has, what another one wrote meanwhile, and what both began with. */
export interface MetInputs {
  readonly before: EvaluationInputs;
  readonly mine: EvaluationInputs;
  readonly theirs: EvaluationInputs;
}

/** Inputs of two tabs in one. */
export interface JoinedInputs {
  readonly inputs: EvaluationInputs;
  /** What came from the other tab. */
  readonly added: readonly CaptionSource[];
  /** References of the other tab for which there is no place. */
  readonly leftOut: readonly CaptionSource[];
}

/** Joins what two tabs compare: what this tab has stays, what the other added comes to it, and what only the other changed or took away is as there. */
export function joinInputs({ before, mine, theirs }: MetInputs): JoinedInputs {
  const known = new Set([before, mine].flatMap(({ systems, references }) => [...systems, ...references]).map(({ id }) => id));
  const isNew = ({ id }: CaptionSource): boolean => !known.has(id);
  const systems = theirs.systems.filter(isNew);
  const references = theirs.references.filter(isNew);
  const ofBoth = (part: 'systems' | 'references'): readonly CaptionSource[] =>
    mine[part].flatMap((source) => {
      if (!before[part].includes(source)) return [source]; // changed or added here
      const there = theirs[part].find(({ id }) => id === source.id);
      return there === undefined ? [] : [there.sha256 === source.sha256 ? { ...there, records: source.records } : source];
    });
  const ownReferences = ofBoth('references');
  const place = Math.max(0, maxReferences - ownReferences.length);
  const pick = <K extends keyof EvaluationInputs>(key: K): EvaluationInputs[K] => (mine[key] === before[key] ? theirs[key] : mine[key]);
  const joined = [...ofBoth('systems'), ...systems];
  const baselineId = pick('baselineId');
  return {
    inputs: {
      systems: joined,
      references: [...ownReferences, ...references.slice(0, place)],
      objects: pick('objects'),
      frequencies: pick('frequencies'),
      metrics: pick('metrics'),
      baselineId: joined.some(({ id }) => id === baselineId) ? baselineId : (joined[0]?.id ?? null),
      draws: pick('draws'),
      seed: pick('seed'),
      repetition: pick('repetition'),
    },
    added: [...systems, ...references.slice(0, place)],
    leftOut: references.slice(place),
  };
}
