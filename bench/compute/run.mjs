/** @file `node bench/compute/run.mjs BUNDLE…`: times the decoder by how its weights are held. */
import { runMeasure } from '../bundle.mjs';

await runMeasure('bench/compute/measure.ts');
