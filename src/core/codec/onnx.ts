/** @file A graph as the bytes of an ONNX model, ready for a session. */

import { StudioError } from '../error.ts';
import type { Attribute, Constant, Graph, Node, Value, Weight } from '../graph/graph.ts';
import type { Dim, Shape } from '../tensor/shape.ts';
import { attributeTypes, externalLocation, fields, packedBytes, versions, weightMark } from './onnx-schema.ts';
import { onnxTypeNumber } from '../graph/type-number.ts';
import { bytesField, encodeMessage, floatField, messageField, stringField, varintField } from './protobuf.ts';
import type { Field } from './protobuf.ts';

/** Where the bytes of a weight lie when they are outside of the model. */
export interface ExternalRange {
  /** The name under which the session is given the file. */
  readonly path: string;
  /** @unit bytes */
  readonly offset: number;
  /** @unit bytes */
  readonly length: number;
}

/**
 * What becomes of the weights: inputs of the model, initializers with their bytes inside (little-endian, row-major), or
 * initializers that name a range of a file. The functions are called once for each weight with its source.
 */
export type WeightPlacement =
  | 'inputs'
  | { readonly embedded: (source: string) => Uint8Array }
  | { readonly external: (source: string) => ExternalRange };

/** How a graph is encoded. */
export interface OnnxOptions {
  readonly weights: WeightPlacement;
  /** Whether types and shapes of inner values are written too; needed only to read the graph back. */
  readonly innerTypes?: boolean;
}

/**
 * Encodes a graph as an ONNX model; symbols in shapes become named dimensions, constants initializers. Each weight's bytes are
 * copied once.
 *
 * @throws {StudioError} 'shape-mismatch' when a weight or constant has not the bytes that its type and shape need
 * @throws {StudioError} 'argument-invalid' when the model would reach 2 GiB
 */
export function encodeOnnx(graph: Graph, options: OnnxOptions): Uint8Array<ArrayBuffer> {
  const { model, opset } = fields;
  return encodeMessage([
    varintField(model.irVersion, versions.ir),
    stringField(model.producer, 'caption-studio'),
    messageField(model.graph, graphFields(graph, options)),
    messageField(model.opsetImport, [stringField(opset.domain, ''), varintField(opset.version, versions.opset)]),
    messageField(model.opsetImport, [stringField(opset.domain, 'com.microsoft'), varintField(opset.version, versions.microsoft)]),
  ]);
}

function graphFields(graph: Graph, options: OnnxOptions): Field[] {
  const weightInputs = options.weights === 'inputs' ? graph.weights : [];
  return [
    ...graph.nodes.map((node) => messageField(fields.graph.node, nodeFields(node))),
    stringField(fields.graph.name, graph.name),
    ...graph.constants.map((constant) => messageField(fields.graph.initializer, constantFields(constant))),
    ...graph.weights.flatMap((weight) => {
      const initializer = weightFields(weight, options.weights);
      return initializer === null ? [] : [messageField(fields.graph.initializer, initializer)];
    }),
    ...graph.inputs.map((value) => messageField(fields.graph.input, valueFields(value))),
    ...weightInputs.map(({ value, source }) =>
      messageField(fields.graph.input, [...valueFields(value), stringField(fields.valueInfo.docString, weightMark + source)]),
    ),
    ...graph.outputs.map((value) => messageField(fields.graph.output, valueFields(value))),
    ...(options.innerTypes === true ? innerValues(graph) : []).map((value) => messageField(fields.graph.valueInfo, valueFields(value))),
  ];
}

function innerValues(graph: Graph): Value[] {
  const outputs = new Set(graph.outputs.map((value) => value.name));
  return graph.nodes.flatMap((node) => node.outputs.filter((value) => value.name !== '' && !outputs.has(value.name)));
}

function nodeFields(node: Node): Field[] {
  return [
    ...node.inputs.map((value) => stringField(fields.node.input, value?.name ?? '')),
    ...node.outputs.map((value) => stringField(fields.node.output, value.name)),
    // A session's errors and profiles show the node's name; that of its first output leads back to the line that made it.
    stringField(fields.node.name, node.outputs[0]?.name ?? ''),
    stringField(fields.node.op, node.op),
    ...Object.entries(node.attributes).map(([name, attribute]) => messageField(fields.node.attribute, attributeFields(name, attribute))),
    ...(node.domain === '' ? [] : [stringField(fields.node.domain, node.domain)]),
  ];
}

function attributeFields(name: string, attribute: Attribute): Field[] {
  return [
    stringField(fields.attribute.name, name),
    ...attributeValue(attribute),
    varintField(fields.attribute.type, attributeTypes[attribute.kind]),
  ];
}

function attributeValue(attribute: Attribute): Field[] {
  switch (attribute.kind) {
    case 'int':
      return [varintField(fields.attribute.int, attribute.value)];
    case 'float':
      return [floatField(fields.attribute.float, attribute.value)];
    case 'string':
      return [stringField(fields.attribute.string, attribute.value)];
    case 'ints':
      return attribute.value.map((value) => varintField(fields.attribute.ints, value));
    case 'floats':
      return attribute.value.map((value) => floatField(fields.attribute.floats, value));
  }
}

function valueFields(value: Value): Field[] {
  const tensorType = [
    varintField(fields.tensorType.elementType, onnxTypeNumber[value.dtype]),
    messageField(
      fields.tensorType.shape,
      value.shape.map((dim) => messageField(fields.shape.dim, [dimField(dim)])),
    ),
  ];
  return [
    stringField(fields.valueInfo.name, value.name),
    messageField(fields.valueInfo.type, [messageField(fields.type.tensor, tensorType)]),
  ];
}

function dimField(dim: Dim): Field {
  return typeof dim === 'number' ? varintField(fields.dim.value, dim) : stringField(fields.dim.parameter, dim);
}

function constantFields({ value, tensor }: Constant): Field[] {
  const bytes = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  checkBytes(value, bytes.byteLength, 'constant');
  return [...tensorHead(value), bytesField(fields.tensor.rawData, bytes)];
}

function weightFields({ value, source }: Weight, placement: WeightPlacement): Field[] | null {
  if (placement === 'inputs') return null;
  const head = [...tensorHead(value), stringField(fields.tensor.docString, weightMark + source)];
  if ('embedded' in placement) {
    const bytes = placement.embedded(source);
    checkBytes(value, bytes.byteLength, source);
    return [...head, bytesField(fields.tensor.rawData, bytes)];
  }
  const { path, offset, length } = placement.external(source);
  checkBytes(value, length, source);
  const entries = [
    ['location', path],
    ['offset', String(offset)],
    ['length', String(length)],
  ] as const;
  return [
    ...head,
    ...entries.map(([key, text]) =>
      messageField(fields.tensor.externalData, [stringField(fields.entry.key, key), stringField(fields.entry.value, text)]),
    ),
    varintField(fields.tensor.dataLocation, externalLocation),
  ];
}

function tensorHead(value: Value): Field[] {
  return [
    ...knownDims(value).map((dim) => varintField(fields.tensor.dims, dim)),
    varintField(fields.tensor.dataType, onnxTypeNumber[value.dtype]),
    stringField(fields.tensor.name, value.name),
  ];
}

function checkBytes(value: Value, found: number, source: string): void {
  const expected = packedBytes(
    value.dtype,
    knownDims(value).reduce((product, dim) => product * dim, 1),
  );
  if (found !== expected) {
    throw new StudioError(
      'shape-mismatch',
      `encodeOnnx: ${value.name} (${source}) is ${value.dtype} [${value.shape.join(', ')}] and needs ${String(expected)} bytes, got ${String(found)}`,
    );
  }
}

function knownDims(value: Value): number[] {
  const shape: Shape = value.shape;
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    throw new StudioError(
      'shape-mismatch',
      `encodeOnnx: ${value.name} is stored data, but its shape [${shape.join(', ')}] has the unknown size ${dim}`,
    );
  });
}
