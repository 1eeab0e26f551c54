/** @file The bytes of an ONNX model as a graph again, for inspection and round trips; the bytes are not trusted. */

import { StudioError } from '../error.ts';
import type { Attribute, Attributes, Constant, Domain, Graph, GraphDType, Node, Value, Weight } from '../graph/graph.ts';
import type { DType } from '../tensor/dtype.ts';
import { viewAs } from '../tensor/dtype.ts';
import type { Dim } from '../tensor/shape.ts';
import { elementCount } from '../tensor/shape.ts';
import { tensor } from '../tensor/tensor.ts';
import { attributeTypes, externalLocation, fields, packedBytes, weightMark } from './onnx-schema.ts';
import { onnxTypeNumber } from '../graph/type-number.ts';
import type { FoundField } from './protobuf.ts';
import { decodeMessage, decodePackedVarints } from './protobuf.ts';

/**
 * Reads an ONNX model that {@link encodeOnnx} wrote with `innerTypes`; the bytes of embedded weights are left where they are.
 *
 * @throws {StudioError} 'file-invalid' when the bytes are no such model
 * @throws {StudioError} 'op-unsupported' when the model uses what a graph here cannot say (subgraphs, sparse tensors, other domains)
 */
export function decodeOnnx(bytes: Uint8Array): Graph {
  const graph = fieldsOf(bytes).get(fields.model.graph)?.at(-1);
  if (graph === undefined) throw broken('there is no graph');
  const found = fieldsOf(bytesOf(graph));
  const messages = (number: number): Uint8Array[] => (found.get(number) ?? []).map(bytesOf);

  const values = new Map<string, Value>();
  const declared = (number: number): { value: Value; doc: string }[] => messages(number).map((message) => readValue(message));
  const inputs = declared(fields.graph.input);
  const outputs = declared(fields.graph.output);
  const initializers = messages(fields.graph.initializer).map(readInitializer);
  for (const { value } of [...inputs, ...outputs, ...declared(fields.graph.valueInfo), ...initializers]) values.set(value.name, value);

  return {
    name: textOf(found.get(fields.graph.name)?.at(-1)),
    inputs: inputs.flatMap(({ value, doc }) => (doc.startsWith(weightMark) ? [] : [value])),
    weights: [...inputs, ...initializers].flatMap(({ value, doc }): Weight[] =>
      doc.startsWith(weightMark) ? [{ value, source: doc.slice(weightMark.length) }] : [],
    ),
    constants: initializers.flatMap((entry): Constant[] => (entry.doc.startsWith(weightMark) ? [] : [readConstant(entry)])),
    nodes: messages(fields.graph.node).map((message) => readNode(message, values)),
    outputs: outputs.map(({ value }) => value),
  };
}

type FieldsByNumber = ReadonlyMap<number, readonly FoundField[]>;

function fieldsOf(bytes: Uint8Array): FieldsByNumber {
  const byNumber = new Map<number, FoundField[]>();
  for (const field of decodeMessage(bytes)) {
    const list = byNumber.get(field.number);
    if (list === undefined) byNumber.set(field.number, [field]);
    else list.push(field);
  }
  return byNumber;
}

function readNode(message: Uint8Array, values: ReadonlyMap<string, Value>): Node {
  const found = fieldsOf(message);
  const names = (number: number): string[] => (found.get(number) ?? []).map(textOf);
  const op = textOf(found.get(fields.node.op)?.at(-1));
  const domain = textOf(found.get(fields.node.domain)?.at(-1));
  if (domain !== '' && domain !== 'com.microsoft')
    throw new StudioError('op-unsupported', `onnx: ${op} is of the unknown domain ${domain}`);
  const value = (name: string): Value => {
    const known = values.get(name);
    if (known === undefined) throw broken(`value ${name} of ${op} has no type; encode the graph with its inner types`);
    return known;
  };
  return {
    op,
    domain: domain satisfies Domain,
    inputs: names(fields.node.input).map((name) => (name === '' ? null : value(name))),
    outputs: names(fields.node.output).map(value),
    attributes: readAttributes(found.get(fields.node.attribute) ?? [], op),
  };
}

function readAttributes(list: readonly FoundField[], op: string): Attributes {
  // A null prototype: a file may call an attribute `__proto__`.
  const attributes: Record<string, Attribute> = Object.create(null) as Record<string, Attribute>;
  for (const field of list) {
    const found = fieldsOf(bytesOf(field));
    const name = textOf(found.get(fields.attribute.name)?.at(-1));
    attributes[name] = readAttribute(found, `${op}.${name}`);
  }
  return attributes;
}

function readAttribute(found: FieldsByNumber, place: string): Attribute {
  const last = (number: number): FoundField | undefined => found.get(number)?.at(-1);
  switch (wholeOf(last(fields.attribute.type))) {
    case attributeTypes.int:
      return { kind: 'int', value: wholeOf(last(fields.attribute.int)) };
    case attributeTypes.float:
      return { kind: 'float', value: last(fields.attribute.float) === undefined ? 0 : (floatsOf(last(fields.attribute.float))[0] ?? 0) };
    case attributeTypes.string:
      return { kind: 'string', value: textOf(last(fields.attribute.string)) };
    case attributeTypes.ints:
      return { kind: 'ints', value: (found.get(fields.attribute.ints) ?? []).flatMap(wholesOf) };
    case attributeTypes.floats:
      return { kind: 'floats', value: (found.get(fields.attribute.floats) ?? []).flatMap(floatsOf) };
    default:
      throw new StudioError('op-unsupported', `onnx: attribute ${place} is of a kind that graphs here do not have`);
  }
}

interface Initializer {
  readonly value: Value;
  readonly doc: string;
  readonly raw: Uint8Array;
}

function readInitializer(message: Uint8Array): Initializer {
  const found = fieldsOf(message);
  const name = textOf(found.get(fields.tensor.name)?.at(-1));
  const shape = (found.get(fields.tensor.dims) ?? []).flatMap(wholesOf);
  const value: Value = { name, dtype: dtypeOf(found.get(fields.tensor.dataType)?.at(-1), name), shape };
  const raw = found.get(fields.tensor.rawData)?.at(-1);
  const isExternal = wholeOf(found.get(fields.tensor.dataLocation)?.at(-1)) === externalLocation;
  const bytes = raw === undefined ? new Uint8Array() : bytesOf(raw);
  const expected = packedBytes(value.dtype, countOf(shape, name));
  if (!isExternal && bytes.byteLength !== expected)
    throw broken(`initializer ${name} needs ${String(expected)} bytes of raw data, has ${String(bytes.byteLength)}`);
  return { value, doc: textOf(found.get(fields.tensor.docString)?.at(-1)), raw: bytes };
}

function readConstant({ value, raw }: Initializer): Constant {
  const packed = value.dtype === 'int4' || value.dtype === 'uint4';
  const dtype: DType = value.dtype === 'int4' || value.dtype === 'uint4' ? 'uint8' : value.dtype;
  const shape = packed ? [raw.byteLength] : value.shape.filter((dim) => typeof dim === 'number');
  if (raw.byteLength === 0 && packedBytes(value.dtype, countOf(shape, value.name)) !== 0)
    throw broken(`constant ${value.name} has its bytes elsewhere`);
  return { value, tensor: tensor(dtype, shape, viewAs(dtype, raw.slice())) };
}

function countOf(shape: readonly number[], name: string): number {
  try {
    return elementCount(shape);
  } catch (cause) {
    throw new StudioError('file-invalid', `onnx: initializer ${name} has the impossible shape [${shape.join(', ')}]`, { cause });
  }
}

function readValue(message: Uint8Array): { value: Value; doc: string } {
  const found = fieldsOf(message);
  const name = textOf(found.get(fields.valueInfo.name)?.at(-1));
  const inner = (outer: FieldsByNumber, number: number): FieldsByNumber => {
    const field = outer.get(number)?.at(-1);
    if (field === undefined) throw broken(`value ${name} has no tensor type with a shape`);
    return fieldsOf(bytesOf(field));
  };
  const tensorType = inner(inner(found, fields.valueInfo.type), fields.type.tensor);
  const dims = inner(tensorType, fields.tensorType.shape).get(fields.shape.dim) ?? [];
  const value: Value = {
    name,
    dtype: dtypeOf(tensorType.get(fields.tensorType.elementType)?.at(-1), name),
    shape: dims.map((dim) => readDim(bytesOf(dim))),
  };
  return { value, doc: textOf(found.get(fields.valueInfo.docString)?.at(-1)) };
}

function readDim(message: Uint8Array): Dim {
  const found = fieldsOf(message);
  const parameter = found.get(fields.dim.parameter)?.at(-1);
  return parameter === undefined ? wholeOf(found.get(fields.dim.value)?.at(-1)) : textOf(parameter);
}

function dtypeOf(field: FoundField | undefined, name: string): GraphDType {
  const code = wholeOf(field);
  for (const [dtype, known] of Object.entries(onnxTypeNumber)) if (known === code) return dtype as GraphDType;
  throw broken(`value ${name} has the unknown element type ${String(code)}`);
}

function bytesOf(field: FoundField): Uint8Array {
  if (field.kind !== 'bytes') throw broken(`field ${String(field.number)} should have a length`);
  return field.bytes;
}

function textOf(field: FoundField | undefined): string {
  return field === undefined ? '' : new TextDecoder().decode(bytesOf(field));
}

function wholeOf(field: FoundField | undefined): number {
  return field === undefined ? 0 : (wholesOf(field).at(-1) ?? 0);
}

function wholesOf(field: FoundField): number[] {
  if (field.kind === 'fixed') throw broken(`field ${String(field.number)} should be a whole number`);
  const values = field.kind === 'varint' ? [field.value] : decodePackedVarints(field.bytes);
  return values.map((value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw broken(`${String(value)} in field ${String(field.number)} is too large`);
    return number;
  });
}

function floatsOf(field: FoundField | undefined): number[] {
  if (field === undefined || field.kind === 'varint' || field.bytes.byteLength % 4 !== 0)
    throw broken('an attribute should be of 32-bit floats');
  return Array.from(viewAs('float32', field.bytes));
}

function broken(what: string): StudioError {
  return new StudioError('file-invalid', `onnx: ${what}; the bytes are no model of ours or are damaged`);
}
