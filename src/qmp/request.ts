import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import type { MemberOrder } from '../base/member-order.ts';

/** A well-formed request (QMP specification, "Issuing Commands"). */
export interface Request {
  readonly command: string;
  readonly args: JsonObject | undefined;
  /** It came as `exec-oob`, to be executed before what waits. */
  readonly outOfBand: boolean;
}

/** True for what QEMU executes as soon as it is read: whatever says `exec-oob` and not `execute`. */
export function isOutOfBand(input: JsonValue): boolean {
  return isJsonObject(input) && Object.hasOwn(input, 'exec-oob') && !Object.hasOwn(input, 'execute');
}

/** The `id` to be sent back; undefined without one. */
export function requestId(input: JsonValue): JsonValue | undefined {
  return isJsonObject(input) && Object.hasOwn(input, 'id') ? input.id : undefined;
}

/** What is wrong with a request; a `GenericError`. */
export interface RequestProblem {
  readonly problem: string;
}

/**
 * Checks a request's members. Of several that are wrong, the first in {@link MemberOrder} is reported.
 *
 * @param allowOutOfBand the client negotiated the `oob` capability
 */
export function readRequest(
  input: JsonValue,
  allowOutOfBand: boolean,
  order: MemberOrder,
): Request | RequestProblem {
  if (!isJsonObject(input)) return { problem: 'QMP input must be a JSON object' };
  const names = Object.keys(input);
  const request = checkMembers(input, names, allowOutOfBand);
  return 'problem' in request ? checkMembers(input, order.sort(names), allowOutOfBand) : request;
}

function checkMembers(
  input: JsonObject,
  names: readonly string[],
  allowOutOfBand: boolean,
): Request | RequestProblem {
  let key: string | undefined;
  let command = '';
  let args: JsonObject | undefined;
  for (const name of names) {
    const value = input[name];
    if (name === 'execute' || (name === 'exec-oob' && allowOutOfBand)) {
      if (typeof value !== 'string') return { problem: `QMP input member '${name}' must be a string` };
      if (key !== undefined) return { problem: `QMP input member '${name}' clashes with '${key}'` };
      key = name;
      command = value;
    } else if (name === 'arguments') {
      if (!isJsonObject(value)) return { problem: "QMP input member 'arguments' must be an object" };
      args = value;
    } else if (name !== 'id') return { problem: `QMP input member '${name}' is unexpected` };
  }
  if (key === undefined) return { problem: "QMP input lacks member 'execute'" };
  return { command, args, outOfBand: key === 'exec-oob' };
}
