/** @file Makes the writer that decoding options ask for. */

import { beamWriter } from './beam-writer.ts';
import { samplingWriter } from './sampling-writer.ts';
import type { Writer, WriterSpec } from './writer.ts';

/** Makes a writer by beams where there are several, else by chance or greedily. */
export function makeWriter(spec: WriterSpec): Writer {
  return spec.options.beams > 1 ? beamWriter(spec) : samplingWriter(spec);
}
