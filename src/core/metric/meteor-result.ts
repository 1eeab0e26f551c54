/** @file METEOR in the form in which all metrics are handed over. */

import type { PreparedCaption } from './caption-set.ts';
import type { MeteorData } from './meteor/data.ts';
import { meteorSegments, type MeteorSegment } from './meteor/meteor.ts';
import { meteorModules, meteorName, type MeteorModule } from './meteor/modules.ts';
import { meteorAddend, meteorStatisticsLength, scoreMeteorStatistics } from './meteor/statistics.ts';
import type { MetricResult } from './picture-sums.ts';

/** What METEOR needs: its data, and the matchers to use; all four unless told. */
export interface MeteorSetting {
  readonly data: MeteorData;
  readonly modules?: readonly MeteorModule[];
}

/** Scores a range of pictures; the parts of a set are joined by `joinMeteor`. */
export function scoreMeteorPart(
  hypotheses: readonly PreparedCaption[],
  references: readonly (readonly PreparedCaption[])[],
  setting: MeteorSetting,
): readonly MeteorSegment[] {
  return meteorSegments(
    hypotheses.map(({ tokens }) => tokens),
    references.map((list) => list.map(({ tokens }) => tokens)),
    setting.data,
    { modules: setting.modules ?? meteorModules },
  );
}

/** Joins scored pictures to a result; it is called METEOR only with all four matchers. */
export function joinMeteor(segments: readonly MeteorSegment[], setting: MeteorSetting): MetricResult {
  const width = meteorStatisticsLength;
  const rows = new Float64Array(segments.length * width);
  segments.forEach(({ statistics }, picture) => rows.set(meteorAddend(statistics), picture * width));
  return {
    names: [meteorName(setting.modules)],
    pictureScores: [segments.map(({ score }) => score)],
    width,
    rows,
    combine: (sums) => [scoreMeteorStatistics([...sums]).score],
  };
}
