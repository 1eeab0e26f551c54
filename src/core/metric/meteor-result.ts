/** @file METEOR in the form in which all metrics are handed over. */

import type { PreparedCaption } from './caption-set.ts';
import type { MeteorData } from './meteor/data.ts';
import { meteorSegments } from './meteor/meteor.ts';
import { meteorModules, meteorName, type MeteorModule } from './meteor/modules.ts';
import { meteorAddend, meteorStatisticsLength, scoreMeteorStatistics } from './meteor/statistics.ts';
import type { MetricResult } from './picture-sums.ts';
import type { Steps } from './steps.ts';

/** What METEOR needs: its data, and the matchers to use; all four unless told. */
export interface MeteorSetting {
  readonly data: MeteorData;
  readonly modules?: readonly MeteorModule[];
}

/** Scores captions with METEOR; the result is called METEOR only with all four matchers. @shape hypotheses [N], references [N][1 or more] → [N] */
export function* scoreMeteor(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
  { data, modules = meteorModules }: MeteorSetting,
): Steps<MetricResult> {
  const segments = yield* meteorSegments(
    hypotheses.map(({ tokens }) => tokens),
    references.map((list) => list.map(({ tokens }) => tokens)),
    data,
    modules,
  );
  const width = meteorStatisticsLength;
  const rows = new Float64Array(segments.length * width);
  segments.forEach(({ statistics }, picture) => rows.set(meteorAddend(statistics), picture * width));
  return {
    names: [meteorName(modules)],
    pictureScores: [segments.map(({ score }) => score)],
    width,
    rows,
    combine: (sums) => [scoreMeteorStatistics([...sums]).score],
  };
}
