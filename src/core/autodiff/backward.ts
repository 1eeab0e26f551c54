/** @file Reverse-mode differentiation: adds to a graph the nodes that compute gradients. */

import { StudioError } from '../error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { isDetached } from '../graph/detach.ts';
import type { Node, Value } from '../graph/graph.ts';
import { add, fill, reduceSum, reshape } from '../graph/math.ts';
import { printNode, printValue } from '../graph/print.ts';
import { elementCount, sameShape } from '../tensor/shape.ts';
import { numericShape, outputOf, type GradientRule } from './rule.ts';
import { flatOps, gradientRules } from './rules.ts';

/**
 * Adds the gradients of a loss to the graph that computes it, one for each wanted value and of its shape.
 *
 * The walk goes from the loss backwards, only over nodes that can reach a wanted value; where paths meet, gradients are summed.
 *
 * @throws {StudioError} 'op-unsupported' naming the node, when a path to a wanted value meets an op without a rule
 * @throws {StudioError} 'argument-invalid' when the loss is no single number, or does not depend on a wanted value
 * @source the reverse mode of Griewank and Walther 2008, "Evaluating Derivatives", chapter 3
 */
export function backward(g: GraphBuilder, loss: Value, wanted: readonly Value[]): readonly Value[] {
  if (elementCount(numericShape(loss)) !== 1)
    throw new StudioError('argument-invalid', `backward: a loss is one number, got ${printValue(loss)}`);
  const forward = [...g.nodes];
  const onPath = reachedFrom(forward, wanted);
  const gradients = new Map<string, Value>([[loss.name, fill(g, 1, numericShape(loss))]]);
  for (const node of forward.toReversed()) {
    const { name } = outputOf(node);
    const dy = gradients.get(name);
    if (!dy || !onPath.has(name)) continue;
    const inputGradients = ruleOf(node)(g, node, dy);
    node.inputs.forEach((x, i) => {
      if (!x || !onPath.has(x.name)) return;
      const inputGradient = inputGradients[i];
      if (!inputGradient)
        throw new StudioError('op-unsupported', `backward: no gradient for input ${String(i)} (${x.name}) of ${printNode(node)}`);
      const dx = unbroadcast(g, inputGradient(), numericShape(x));
      const before = gradients.get(x.name);
      gradients.set(x.name, before ? add(g, before, dx) : dx);
    });
  }
  return wanted.map((value) => {
    const gradient = gradients.get(value.name);
    if (!gradient) throw new StudioError('argument-invalid', `backward: the loss ${loss.name} does not depend on ${printValue(value)}`);
    return gradient;
  });
}

/** The names of all values through which a gradient has to flow to reach one of the given values. */
function reachedFrom(nodes: readonly Node[], values: readonly Value[]): ReadonlySet<string> {
  const reached = new Set(values.map((value) => value.name));
  for (const node of nodes) {
    if (flatOps.has(node.op) || isDetached(node) || !isFloat(outputOf(node))) continue;
    if (node.inputs.some((value) => value && reached.has(value.name))) reached.add(outputOf(node).name);
  }
  return reached;
}

function isFloat(value: Value): boolean {
  return value.dtype === 'float32' || value.dtype === 'float16';
}

function ruleOf(node: Node): GradientRule {
  const rule = gradientRules.get(node.op);
  if (!rule)
    throw new StudioError('op-unsupported', `backward: ${node.op} lies on a trainable path and has no gradient rule: ${printNode(node)}`);
  return rule;
}

/** Undoes broadcasting: sums a gradient over the dimensions along which its value was repeated. */
function unbroadcast(g: GraphBuilder, gradient: Value, shape: readonly number[]): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const added = gradient.shape.length - shape.length;
  const repeated = gradient.shape.flatMap((dim, i) => (i < added || shape[i - added] !== dim ? [i] : []));
  return reshape(g, reduceSum(g, gradient, repeated), shape);
}
