/** @file `node bench/metrics/run.mjs [pictures] [references] [words]`: times the caption metrics. */
import { runMeasure } from '../bundle.mjs';

await runMeasure('bench/metrics/measure.ts');
