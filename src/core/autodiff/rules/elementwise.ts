/** @file Gradients of ops that work element by element. */

import { numberAttribute, textAttribute } from '../../graph/attribute.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import {
  add,
  cast,
  cos,
  div,
  erf,
  exp,
  greater,
  lessOrEqual,
  log,
  mul,
  neg,
  pow,
  sigmoid,
  sin,
  sub,
  tanh,
  where,
} from '../../graph/math.ts';
import { inputOf, outputOf, type GradientRule, type GradientRules } from '../rule.ts';

/** A rule for an op of one input, from its slope: dx = dy · slope(x, y). */
function slope(of: (g: GraphBuilder, x: Value, y: Value) => Value): GradientRule {
  return (g, node, dy) => [() => mul(g, dy, of(g, inputOf(node, 0), outputOf(node)))];
}

const pass: GradientRule = (_g, _node, dy) => [() => dy];

/** The chosen one of two inputs gets all; at a tie the second one. */
function choice(isFirst: (g: GraphBuilder, a: Value, b: Value) => Value): GradientRule {
  return (g, node, dy) => {
    const first = (): Value => isFirst(g, inputOf(node, 0), inputOf(node, 1));
    return [() => where(g, first(), { yes: dy, no: 0 }), () => where(g, first(), { yes: 0, no: dy })];
  };
}

const sign = (g: GraphBuilder, x: Value): Value =>
  where(g, greater(g, x, 0), { yes: 1, no: where(g, greater(g, 0, x), { yes: -1, no: 0 }) });

/** @source Hendrycks and Gimpel 2016, arxiv.org/abs/1606.08415; ONNX Gelu-20 */
const gelu: GradientRule = (g, node, dy) => {
  const x = inputOf(node, 0);
  const isTanh = textAttribute(node.attributes, 'approximate', 'none') === 'tanh';
  return [() => mul(g, dy, isTanh ? tanhGeluSlope(g, x) : geluSlope(g, x))];
};

/** Φ(x) + x φ(x) */
function geluSlope(g: GraphBuilder, x: Value): Value {
  const below = mul(g, add(g, erf(g, mul(g, x, Math.SQRT1_2)), 1), 0.5);
  const density = mul(g, exp(g, mul(g, mul(g, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(g, below, mul(g, x, density));
}

/** The slope of x (1 + t) / 2 with t = tanh(√(2/π) (x + 0.044715 x³)) */
function tanhGeluSlope(g: GraphBuilder, x: Value): Value {
  const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = mul(g, x, x);
  const t = tanh(g, mul(g, mul(g, x, add(g, mul(g, square, cubic), 1)), scale));
  const inner = mul(g, add(g, mul(g, square, 3 * cubic), 1), scale);
  const bend = mul(g, mul(g, x, sub(g, 1, mul(g, t, t))), inner);
  return mul(g, add(g, add(g, t, 1), bend), 0.5);
}

/** @source com.microsoft.QuickGelu: x σ(αx) */
const quickGelu: GradientRule = (g, node, dy) => {
  const [x, alpha] = [inputOf(node, 0), numberAttribute(node.attributes, 'alpha', 1.702)];
  return [
    () => {
      const s = sigmoid(g, mul(g, x, alpha));
      return mul(g, dy, mul(g, s, add(g, mul(g, mul(g, x, alpha), sub(g, 1, s)), 1)));
    },
  ];
};

/** At the bounds themselves, as outside of them, the gradient is 0. The output tells it as well as the input, which need not be kept. */
const clip: GradientRule = (g, node, dy) => {
  const [y, low, high] = [outputOf(node), node.inputs[1] ?? null, node.inputs[2] ?? null];
  return [
    () => {
      const above = low ? where(g, greater(g, y, low), { yes: dy, no: 0 }) : dy;
      return high ? where(g, greater(g, high, y), { yes: above, no: 0 }) : above;
    },
  ];
};

/** The gradients of the elementwise ops. */
export const elementwiseRules: GradientRules = {
  Abs: slope((g, x) => sign(g, x)),
  Add: (_g, _node, dy) => [() => dy, () => dy],
  Cast: (g, node, dy) => [() => cast(g, dy, inputOf(node, 0).dtype)],
  Clip: clip,
  Cos: slope((g, x) => neg(g, sin(g, x))),
  Div: (g, node, dy) => [() => div(g, dy, inputOf(node, 1)), () => neg(g, div(g, mul(g, dy, outputOf(node)), inputOf(node, 1)))],
  Erf: slope((g, x) => mul(g, exp(g, neg(g, mul(g, x, x))), 2 / Math.sqrt(Math.PI))),
  Exp: slope((_g, _x, y) => y),
  Gelu: gelu,
  Identity: pass,
  Log: (g, node, dy) => [() => div(g, dy, inputOf(node, 0))],
  Max: choice((g, a, b) => greater(g, a, b)),
  Min: choice((g, a, b) => greater(g, b, a)),
  Mul: (g, node, dy) => [() => mul(g, dy, inputOf(node, 1)), () => mul(g, dy, inputOf(node, 0))],
  Neg: (g, _node, dy) => [() => neg(g, dy)],
  Pow: (g, node, dy) => {
    const [x, p] = [inputOf(node, 0), inputOf(node, 1)];
    return [
      () => mul(g, dy, mul(g, p, pow(g, x, sub(g, p, 1)))),
      () => mul(g, dy, mul(g, outputOf(node), log(g, x))), // as in every framework: NaN for a base below 0
    ];
  },
  QuickGelu: quickGelu,
  Reciprocal: slope((g, _x, y) => neg(g, mul(g, y, y))),
  Relu: (g, node, dy) => [() => where(g, lessOrEqual(g, inputOf(node, 0), 0), { yes: 0, no: dy })],
  Sigmoid: slope((g, _x, y) => mul(g, y, sub(g, 1, y))),
  Sin: slope((g, x) => cos(g, x)),
  Softplus: slope((g, x) => sigmoid(g, x)),
  Sqrt: (g, node, dy) => [() => div(g, mul(g, dy, 0.5), outputOf(node))],
  Sub: (g, _node, dy) => [() => dy, () => neg(g, dy)],
  Tanh: slope((g, _x, y) => sub(g, 1, mul(g, y, y))),
  Where: (g, node, dy) => [
    null,
    () => where(g, inputOf(node, 0), { yes: dy, no: 0 }),
    () => where(g, inputOf(node, 0), { yes: 0, no: dy }),
  ],
};
