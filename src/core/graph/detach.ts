/** @file Values that count as constants when gradients are taken. */

import type { GraphBuilder } from './builder.ts';
import type { Node, Value } from './graph.ts';

const note = 'detached';

/** Gives the same value, but lets no gradient through. */
export const detach = (g: GraphBuilder, x: Value): Value => g.add('Identity', [x], { note });

/** Tells whether a node was made by `detach`. */
export const isDetached = (node: Node): boolean => node.note === note;
