import type { JsonValue } from '../../base/json.ts';
import { words } from '../big-endian.ts';

/** A value is made when somebody asks for it: a guest that only walks through a tree does not. */
export type PropertyValue = () => Uint8Array;

/** A node of a device tree (Devicetree Specification, 2.2), in the order in which it is handed out. */
export interface DeviceTreeNode {
  /** With its unit address. */
  readonly name: string;
  readonly properties: readonly (readonly [name: string, value: PropertyValue])[];
  readonly children: readonly DeviceTreeNode[];
}

/** A property that is there or not, and has no value. */
export const nothing: PropertyValue = () => new Uint8Array(0);

/** 32-bit cells. */
export function cells(...values: readonly number[]): PropertyValue {
  return () => words(...values);
}

/** 64-bit numbers as two cells each. */
export function wide(value: bigint): readonly [number, number] {
  return [Number(value >> 32n), Number(value & 0xffffffffn)];
}

/** Strings, each with a zero byte behind it. */
export function text(...strings: readonly string[]): PropertyValue {
  return () => Buffer.from(strings.map(string => `${string}\0`).join(''));
}

export function hex(digits: string): PropertyValue {
  return () => Buffer.from(digits, 'hex');
}

export function join(...values: readonly PropertyValue[]): PropertyValue {
  return () => Buffer.concat(values.map(value => value()));
}

/** One step on the way through a node and all below it, after its own name. */
export type WalkStep =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'property'; readonly name: string; readonly value: PropertyValue }
  /** The way goes on above. */
  | { readonly kind: 'parent' };

export function* walk(node: DeviceTreeNode): Generator<WalkStep, undefined> {
  yield { kind: 'child', name: node.name };
  yield* inside(node);
  return undefined;
}

function* inside({ properties, children }: DeviceTreeNode): Generator<WalkStep> {
  for (const [name, value] of properties) yield { kind: 'property', name, value };
  for (const child of children) {
    yield { kind: 'child', name: child.name };
    yield* inside(child);
    yield { kind: 'parent' };
  }
}

/** Values as lists of bytes, children as objects under their names. */
export function toJson({ properties, children }: DeviceTreeNode): JsonValue {
  return Object.fromEntries<JsonValue>([
    ...properties.map(([name, value]): [string, JsonValue] => [name, [...value()]]),
    ...children.map((child): [string, JsonValue] => [child.name, toJson(child)]),
  ]);
}
