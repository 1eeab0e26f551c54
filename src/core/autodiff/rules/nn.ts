/** @file Gradients of the larger ops: normalisations and rotary positions. */

import { numberAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Node, Value } from '../../graph/graph.ts';
import { add, mul, neg, reciprocal, reduceMean, sqrt, sub } from '../../graph/math.ts';
import { formUnsupported, inputOf, type GradientRule, type GradientRules } from '../rule.ts';

function requireLastAxis(node: Node): void {
  const axis = numberAttribute(node.attributes, 'axis', -1);
  if (axis !== -1 && axis !== inputOf(node, 0).shape.length - 1) throw formUnsupported(node, 'over more than the last axis');
}

/** 1 / √(mean(x²) + ε) of the last axis. */
function inverseSize(g: GraphBuilder, node: Node, x: Value): Value {
  const epsilon = numberAttribute(node.attributes, 'epsilon', 1e-5);
  return reciprocal(g, sqrt(g, add(g, reduceMean(g, mul(g, x, x), [-1]), epsilon)));
}

/** y = n w with n = x r, r = 1 / √(mean(x²) + ε): dx = r (dn − n mean(dn n)) */
const rmsNormRule: GradientRule = (g, node, dy) => {
  requireLastAxis(node);
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  return [
    () => {
      const r = inverseSize(g, node, x);
      const n = mul(g, x, r);
      const dn = mul(g, dy, weight);
      return mul(g, r, sub(g, dn, mul(g, n, reduceMean(g, mul(g, dn, n), [-1]))));
    },
    () => mul(g, dy, mul(g, x, inverseSize(g, node, x))),
  ];
};

/** As RMSNormalization of the centred x; centring takes the mean off the gradient too. */
const layerNormRule: GradientRule = (g, node, dy) => {
  requireLastAxis(node);
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)];
  const centred = (): Value => sub(g, x, reduceMean(g, x, [-1]));
  return [
    () => {
      const c = centred();
      const r = inverseSize(g, node, c);
      const n = mul(g, c, r);
      const dn = mul(g, dy, weight);
      const flat = sub(g, dn, reduceMean(g, dn, [-1]));
      return mul(g, r, sub(g, flat, mul(g, n, reduceMean(g, mul(g, dn, n), [-1]))));
    },
    () => {
      const c = centred();
      return mul(g, dy, mul(g, c, inverseSize(g, node, c)));
    },
    () => dy,
  ];
};

/** A rotation goes back by the negative angle. */
const rotaryRule: GradientRule = (g, node, dy) => [
  () => {
    const [turnCos, turnSin] = [inputOf(node, 1), inputOf(node, 2)];
    return g.add('RotaryEmbedding', [dy, turnCos, neg(g, turnSin), node.inputs[3] ?? null], { attributes: node.attributes });
  },
  null,
  null,
  null,
];

/** The gradients of the larger ops. */
export const nnRules: GradientRules = {
  LayerNormalization: layerNormRule,
  RMSNormalization: rmsNormRule,
  RotaryEmbedding: rotaryRule,
};
