/** @file Draws the same cases of every property in each run, so that a change fails by itself alone; PROPERTY_SEED asks for others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });
