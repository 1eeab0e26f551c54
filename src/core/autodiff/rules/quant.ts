/** @file Gradients past frozen weights in blocks; docs/adr/0003 tells why in this form. */

import { int, numberAttribute } from '../../graph/attribute.ts';
import { formUnsupported, inputOf, numericShape, type GradientRule, type GradientRules } from '../rule.ts';
import { asRows } from './linalg.ts';
import { matMul, reshape } from '../../graph/math.ts';

/** Y = A Wᵀ with W [N, K] in blocks: dA = dY W, exactly, with W dequantised in the graph from the bytes that the product itself reads. */
const matMulNBitsRule: GradientRule = (g, node, dy) => [
  () => {
    const [a, packed, scales] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
    const [k, n] = [numberAttribute(node.attributes, 'K', 0), numberAttribute(node.attributes, 'N', 0)];
    const [bits, block] = [numberAttribute(node.attributes, 'bits', 4), numberAttribute(node.attributes, 'block_size', 32)];
    if (node.inputs.slice(3).some(Boolean)) throw formUnsupported(node, 'with zero points, order or bias');
    if (k % block !== 0) throw formUnsupported(node, 'with rows that do not fill their last block');
    const rows = g.weight(`${packed.name}:rows`, 'uint8', [n, (k * bits) / 8], packed.name);
    const weight = g.add('GatherBlockQuantized', [rows, g.constantRange(n), scales], {
      attributes: { bits: int(bits), block_size: int(block), gather_axis: int(0), quantize_axis: int(1) },
    }); // [N, K]
    return reshape(g, matMul(g, asRows(g, dy), weight), numericShape(a));
  },
];

/** The gradients of the ops on quantised values. */
export const quantRules: GradientRules = { MatMulNBits: matMulNBitsRule };
