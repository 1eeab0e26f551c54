/** @file Writes one picture's captions by beams. */

import { beamAdvance, beamFinish, beamStart } from '../../core/decode/beam.ts';
import { tokenRules } from '../../core/decode/rules.ts';
import { cutAtStop } from '../../core/decode/stop-strings.ts';
import { forcingOf, type Writer, type WriterSpec } from './writer.ts';

/** Makes a writer whose captions are the best finished beams. */
export function beamWriter(spec: WriterSpec): Writer {
  const { options, stopIds } = spec;
  let state = beamStart({
    rules: tokenRules(options, spec),
    promptIds: spec.promptIds,
    beams: options.beams,
    maxNewTokens: options.maxNewTokens,
    lengthPenalty: options.lengthPenalty,
    earlyStopping: options.earlyStopping,
    forcing: forcingOf(spec),
  });
  const textOf = (ids: readonly number[]): string =>
    cutAtStop(spec.decode([...spec.startIds, ...ids]).trim(), options.stopStrings).trimEnd();
  return {
    get rows() {
      return state.isDone ? 0 : state.running.length;
    },
    get text() {
      return textOf((state.finished[0] ?? state.running[0])?.ids.filter((id) => !stopIds.includes(id)) ?? []);
    },
    advance: (logits) => {
      const step = beamAdvance(state, logits);
      state = step.state;
      return state.isDone ? { tokens: [], parents: [] } : { tokens: step.tokens, parents: step.parents };
    },
    finish: () =>
      beamFinish(state, options.captions).map((beam) => {
        const ids = beam.ids.filter((id) => !stopIds.includes(id));
        return { text: textOf(ids), ids, logProbability: beam.logProbability, stoppedBy: state.isDone ? beam.stoppedBy : 'cancelled' };
      }),
  };
}
