/** @file A Jinja interpreter that pays for what it does. All of its steps go through `evaluate`; built-in functions that multiply are paid for beforehand. */

import { Interpreter, type Environment } from '@huggingface/jinja';
import type { Purse, Value } from './purse.ts';

type Node = NonNullable<Parameters<Interpreter['evaluate']>[0]>;
type FunctionBody = (args: Value[], scope: Environment) => Value;

interface FilterNode extends Node {
  readonly filter: Node;
}

interface CallNode extends Node {
  readonly callee: Node & { readonly value?: string };
  readonly args: readonly Node[];
}

interface BinaryNode extends Node {
  readonly left: Node;
  readonly right: Node;
  readonly operator: { readonly value: string };
}

interface MemberNode extends Node {
  readonly object: Node;
  readonly property: Node;
}

/** Filters whose result can be as long as what they are given times what is said behind them. */
const growing: ReadonlySet<string> = new Set(['replace', 'indent', 'join', 'tojson']);

/** Stands for a value that is known. */
class Ready {
  readonly type = 'Ready';
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

/** Stands for an argument that is paid for as often as the other side costs. */
class Weighed {
  readonly type = 'Weighed';
  readonly node: Node;
  readonly costOfOthers: number;

  constructor(node: Node, costOfOthers: number) {
    this.node = node;
    this.costOfOthers = costOfOthers;
  }
}

/** An interpreter with a purse; what the purse refuses ends the rendering. */
export class BoundedInterpreter extends Interpreter {
  readonly #purse: Purse;

  constructor(scope: Environment, purse: Purse) {
    super(scope);
    this.#purse = purse;
  }

  override evaluate(node: Node | undefined, scope: Environment): Value {
    if (node instanceof Ready) return node.value;
    if (node instanceof Weighed) {
      const value = this.evaluate(node.node, scope);
      this.#purse.payTimes(value, node.costOfOthers);
      return value;
    }
    const value = this.#step(node, scope);
    this.#purse.pay(value);
    return value;
  }

  #step(node: Node | undefined, scope: Environment): Value {
    if (node === undefined) return super.evaluate(node, scope);
    if (isFilterBlock(node)) return this.#filter(node, changed(node, { type: 'Program' }), scope);
    if (isFilter(node)) return this.#filter(node, node.operand, scope);
    if (isMember(node)) return this.#member(node, scope);
    if (isSearch(node)) {
      const left = new Ready(this.evaluate(node.left, scope));
      const right = new Weighed(node.right, this.#purse.pay(left.value));
      return super.evaluate(changed(node, { left, right }), scope);
    }
    return super.evaluate(node, scope);
  }

  #filter(node: FilterNode, operandNode: Node, scope: Environment): Value {
    const operand = new Ready(this.evaluate(operandNode, scope));
    const cost = this.#purse.pay(operand.value);
    const isGrowing = isCall(node.filter) && growing.has(node.filter.callee.value ?? '');
    const filter = isGrowing ? changed(node.filter, { args: node.filter.args.map((arg) => weigh(arg, cost)) }) : node.filter;
    return super.evaluate(changed(node, { type: 'FilterExpression', operand, filter }), scope);
  }

  /** Functions of a text, such as `replace`, may be called later and under another name. */
  #member(node: MemberNode, scope: Environment): Value {
    const object = new Ready(this.evaluate(node.object, scope));
    const found = super.evaluate(changed(node, { object }), scope);
    if (typeof found.value !== 'function') return found;
    const run: FunctionBody = found.value;
    const value: FunctionBody = (args, callScope) => {
      const cost = this.#purse.pay(object.value);
      for (const arg of args) this.#purse.payTimes(arg, cost);
      return run(args, callScope);
    };
    return changed(found, { value });
  }
}

/** Arguments by name and lists of arguments have theirs inside. */
function weigh(arg: Node, cost: number): object {
  const inner =
    arg.type.startsWith('Keyword') || arg.type === 'SpreadExpression' ? ['value', 'argument'].find((name) => name in arg) : undefined;
  return inner === undefined ? new Weighed(arg, cost) : changed(arg, { [inner]: new Weighed(Reflect.get(arg, inner) as Node, cost) });
}

/** Copies a node or a value with changes; the interpreter asks of which class it is. */
function changed<T extends object>(original: T, changes: object): T {
  return Object.assign(Object.create(Object.getPrototypeOf(original) as object) as T, original, changes);
}

function isFilterBlock(node: Node): node is FilterNode {
  return node.type === 'FilterStatement';
}

function isFilter(node: Node): node is FilterNode & { readonly operand: Node } {
  return node.type === 'FilterExpression';
}

function isCall(node: Node): node is CallNode {
  return node.type === 'CallExpression';
}

function isMember(node: Node): node is MemberNode {
  return node.type === 'MemberExpression';
}

function isSearch(node: Node): node is BinaryNode {
  return node.type === 'BinaryExpression' && 'operator' in node && /^(?:not )?in$/u.test((node as BinaryNode).operator.value);
}
