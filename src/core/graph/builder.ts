/** @file Builds a graph one node at a time, checking shapes as it goes. */

import { StudioError } from '../error.ts';
import { sameShape, type Shape } from '../tensor/shape.ts';
import type { DType } from '../tensor/dtype.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import type { Attributes, Constant, Graph, GraphDType, Node, Value, Weight } from './graph.ts';
import { findOp } from './ops.ts';

/** What a node may be given beside its inputs. */
export interface NodeOptions {
  readonly attributes?: Attributes;
  /** The output's shape, for ops whose result cannot be told from their inputs. */
  readonly wanted?: Shape;
  /** See `Node.note`. */
  readonly note?: string;
}

/** A graph under construction. Values that it gives out stay valid until `finish`. */
export class GraphBuilder {
  readonly name: string;
  readonly #inputs: Value[] = [];
  readonly #weights = new Map<string, Weight>();
  readonly #substitutes = new Map<string, Value>();
  readonly #constants = new Map<string, Constant>();
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();
  #serial = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The nodes so far, in topological order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Declares an input of the graph. */
  input(name: string, dtype: GraphDType, shape: Shape): Value {
    const value = { name: this.#claim(name), dtype, shape };
    this.#inputs.push(value);
    return value;
  }

  /**
   * Declares a value from the weight store; the same name twice gives the same value.
   *
   * @throws {StudioError} 'shape-mismatch' when it was declared with another type or shape before
   */
  weight(name: string, dtype: GraphDType, shape: readonly number[], source = name): Value {
    const known = this.#substitutes.get(name) ?? this.#weights.get(name)?.value;
    if (known) {
      if (known.dtype !== dtype || !sameShape(known.shape, shape)) {
        throw new StudioError(
          'shape-mismatch',
          `weight ${name}: wanted as ${dtype} [${shape.join(', ')}], declared as ${known.dtype} [${known.shape.join(', ')}]`,
        );
      }
      return known;
    }
    const value: Value = { name: this.#claim(name), dtype, shape };
    this.#weights.set(name, { value, source });
    return value;
  }

  /** Lets every later call of `weight` with this name give another value, such as an input that is trained. */
  substituteWeight(name: string, value: Value): void {
    this.#substitutes.set(name, value);
  }

  /** Places a small tensor inside of the graph; equal tensors are kept once. */
  constant(data: Tensor): Value {
    const key = `${data.dtype}[${data.shape.join(',')}]:${data.data.length <= 64 ? Array.from<number | bigint>(data.data).join(',') : String(this.#serial++)}`;
    const known = this.#constants.get(key);
    if (known) return known.value;
    const value: Value = { name: this.#claim(`constant_${String(this.#constants.size)}`), dtype: graphType(data.dtype), shape: data.shape };
    this.#constants.set(key, { value, tensor: data });
    return value;
  }

  /** Places one number inside of the graph as a value without dimensions. */
  scalar(number: number, dtype: 'float32' | 'int32' = 'float32'): Value {
    return this.constant(tensor(dtype, [], dtype === 'float32' ? Float32Array.of(number) : Int32Array.of(number)));
  }

  /** Places whole numbers inside of the graph as int64, as shapes, axes and pads want them. */
  int64s(numbers: readonly number[]): Value {
    return this.constant(tensor('int64', [numbers.length], BigInt64Array.from(numbers, BigInt)));
  }

  /** Places the int32 numbers from 0 to count (exclusive) inside of the graph. */
  constantRange(count: number): Value {
    return this.constant(
      tensor(
        'int32',
        [count],
        Int32Array.from({ length: count }, (_, i) => i),
      ),
    );
  }

  /**
   * Adds a node with one output.
   *
   * @throws {StudioError} 'shape-mismatch' when the inputs do not go together, 'op-unsupported' for an op without a shape rule
   */
  add(op: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    const [first] = this.addAll(op, inputs, options);
    if (!first) throw new StudioError('internal', `internal: ${op} gave no output`);
    return first;
  }

  /** Adds a node and gives all its outputs. */
  addAll(op: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): readonly Value[] {
    const def = findOp(op);
    const attributes = options.attributes ?? {};
    const types = def.infer({ inputs, attributes, known: (index) => this.known(inputs[index]), wanted: options.wanted ?? null });
    const outputs = types.map((type) => ({ name: this.#claim(`${op}_${String(this.#serial++)}`), ...type }));
    this.#nodes.push({
      op,
      domain: def.domain,
      inputs,
      outputs,
      attributes,
      ...(options.note === undefined ? {} : { note: options.note }),
    });
    return outputs;
  }

  /** Gives the numbers of a value that was placed as a constant, or null for any other. */
  known(value: Value | null | undefined): readonly number[] | null {
    if (!value) return null;
    for (const { value: constant, tensor: held } of this.#constants.values()) {
      if (constant.name === value.name) return Array.from<number | bigint, number>(held.data, Number);
    }
    return null;
  }

  /** Closes the graph: the given values become its outputs under the given names, and nodes that reach none of them are left out. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    const renamed = new Map<string, string>();
    const finals = Object.entries(outputs).map(([name, value]) => this.#nameOutput(name, value, renamed));
    const rename = (value: Value): Value => {
      const name = renamed.get(value.name);
      return name === undefined ? value : { ...value, name };
    };
    const kept = reachingNodes(this.#nodes, Object.values(outputs).concat(finals));
    const nodes = kept.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => (value ? rename(value) : null)),
      outputs: node.outputs.map(rename),
    }));
    const used = new Set(nodes.flatMap((node) => node.inputs.map((value) => value?.name ?? '')));
    return {
      name: this.name,
      inputs: this.#inputs,
      weights: [...this.#weights.values()].filter((weight) => used.has(weight.value.name)),
      constants: [...this.#constants.values()].filter((constant) => used.has(constant.value.name)),
      nodes,
      outputs: finals,
    };
  }

  #nameOutput(name: string, value: Value, renamed: Map<string, string>): Value {
    const isComputed = this.#nodes.some((node) => node.outputs.includes(value));
    this.#claim(name);
    if (isComputed && !renamed.has(value.name)) {
      renamed.set(value.name, name);
      return { ...value, name };
    }
    // An input, a weight or a value with a name already: only a copy can have another name.
    const copy = { ...value, name };
    this.#nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [copy], attributes: {} });
    return copy;
  }

  #claim(name: string): string {
    if (this.#names.has(name)) throw new StudioError('internal', `internal: graph ${this.name} has two values named ${name}`);
    this.#names.add(name);
    return name;
  }
}

function graphType(dtype: DType): GraphDType {
  switch (dtype) {
    case 'float32':
    case 'float16':
    case 'int32':
    case 'int64':
    case 'int8':
    case 'uint8':
    case 'bool':
      return dtype;
    case 'bfloat16':
    case 'float64':
    case 'int16':
    case 'uint16':
    case 'uint32':
      throw new StudioError('op-unsupported', `graph: ${dtype} is not used in graphs; convert it first`);
    default:
      return dtype satisfies never;
  }
}

function reachingNodes(nodes: readonly Node[], outputs: readonly Value[]): readonly Node[] {
  const needed = new Set(outputs.map((value) => value.name));
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value.name))) continue;
    for (const value of node.inputs) if (value) needed.add(value.name);
    kept.push(node);
  }
  return kept.reverse();
}
