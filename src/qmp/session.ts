import type { Clock } from '../base/clock.ts';
import { type ErrorClass, HardwareError, QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { type CommandMap, commandNotFound, type Dispatcher } from './dispatch.ts';
import type { JsonWriter } from './json-writer.ts';
import { type Message, MessageReader } from './message-reader.ts';
import { isOutOfBand, type Request, readRequest, requestId } from './request.ts';

/** Requests that may wait for their turn while one is executed, if the client enabled `oob`; without it, none may. */
export const MAX_QUEUED_REQUESTS = 8;

/** Reading pauses when it has gone on for so long (ms) or has produced so many characters, to let others have a turn. */
const TURN_NS = 4_000_000n;
const TURN_OUTPUT = 256 * 1024;

/** Where a session writes to: one client's connection. Everything written is ASCII. */
export interface SessionOutput {
  /** Sends text. False if the client has not taken everything yet: then `drained` of the session is called later. */
  write(text: string): boolean;
  /** Asks for no further input (`Session.receive`) for now. */
  pause(): void;
  resume(): void;
  /** Nothing more will be written: the connection ends when the client has taken everything. */
  end(): void;
}

/** What the session tells its owner, beside its output. */
export interface SessionOwner {
  /** A handler failed in a way that is no client's error. It was answered; this is for the log. */
  internalError(error: unknown, command: string): void;
  /** The machine cannot go on (`hw_error`). Nothing was answered. */
  hardwareError(error: HardwareError): void;
}

export interface SessionOptions<Context, Map extends CommandMap<Map>> {
  readonly dispatcher: Dispatcher<Context, Map>;
  readonly output: SessionOutput;
  readonly owner: SessionOwner;
  readonly writer: JsonWriter;
  /** The greeting's `version`. */
  readonly version: unknown;
  readonly pretty?: boolean;
  /** Measures how long a turn takes. */
  readonly clock: Clock;
  /** Runs the callback after others had a turn. */
  readonly defer: (callback: () => void) => void;
}

/**
 * `negotiation`: only `qmp_capabilities` is legal and no events come. `command`: everything else is legal.
 * `closed`: the client is gone or was told to go.
 */
export type SessionState = 'negotiation' | 'command' | 'closed';

/** Capabilities that a client may enable (QMP specification, "Capabilities Negotiation"). */
const CAPABILITIES = ['oob'];

/**
 * One client's conversation, from the greeting to its end.
 *
 * Requests are executed in the order of their arrival, one after the other; only one that came as `exec-oob`
 * overtakes those that wait. While a request is executed that takes time, the client's input is not read,
 * unless it enabled `oob`. It is not read either while the client does not take its replies, so that
 * whatever a client does, what is kept for it is bounded.
 */
export class Session<Context, Map extends CommandMap<Map>> {
  readonly #options: SessionOptions<Context, Map>;
  readonly #reader = new MessageReader();
  readonly #order = new MemberOrder();
  readonly #queue: Message[] = [];
  #state: SessionState = 'negotiation';
  #oobEnabled = false;
  /** What commands work on, once there is something. */
  #context: { readonly value: Context } | undefined;
  /** A request in its turn is being executed. */
  #executing = false;
  /** The client has not taken the output yet. */
  #congested = false;
  /** The request being executed is the last one. */
  #ending = false;
  /** Input is being worked on, or will be later: when others had their turn, or when there is something to work on. */
  #activity: 'idle' | 'working' | 'deferred' = 'deferred';
  #paused = false;
  #text = '';
  #flushPlanned = false;

  constructor(options: SessionOptions<Context, Map>) {
    this.#options = options;
    this.#send({ QMP: { version: options.version, capabilities: CAPABILITIES } });
    this.#flush();
  }

  /** Executes what the client sends; until then it waits. */
  begin(context: Context): void {
    this.#context = { value: context };
    this.#work();
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Bytes came from the client. */
  receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#reader.push(chunk);
    if (this.#context === undefined) this.#setPaused(true);
    if (this.#activity === 'idle') this.#work();
  }

  /** The client has taken all output. */
  drained(): void {
    this.#congested = false;
    if (this.#activity === 'idle') this.#work();
  }

  /** Sends an event, if the session is at the stage for it. `line` is what the message looks like if not pretty. */
  sendEvent(message: object, line: string): void {
    if (this.#state !== 'command') return;
    if (this.#options.pretty === true) this.#send(message);
    else this.#text += line;
    // Inside of a command, the event goes out together with its reply.
    if (this.#activity === 'working' || this.#flushPlanned) return;
    this.#flushPlanned = true;
    queueMicrotask(() => this.#flush());
  }

  /**
   * Ends the conversation: what was said is still sent, and the reply to the request whose handler calls this;
   * what was not executed yet never is.
   */
  close(): void {
    this.#ending = true;
    this.#queue.length = 0;
    if (this.#activity !== 'working') this.#end();
  }

  /** The client is gone. */
  disconnected(): void {
    this.#state = 'closed';
    this.#queue.length = 0;
  }

  /** A request that takes time may be the one that caused this: what it returns is on its way. */
  #end(): void {
    if (this.#executing) this.#options.defer(() => this.#finish());
    else this.#finish();
  }

  #finish(): void {
    if (this.#state === 'closed') return;
    this.#flush();
    this.#state = 'closed';
    this.#options.output.end();
  }

  /** Executes requests until there are no more, one takes time, or others should have a turn. */
  #work(): void {
    this.#activity = 'working';
    const { clock, defer } = this.#options;
    const end = clock.now() + TURN_NS;
    for (let count = 1; this.#canRead(); count++) {
      const queued = this.#executing ? undefined : this.#queue.shift();
      const message = queued ?? this.#reader.next();
      if (message === undefined) break;
      this.#take(message);
      if ((count % 16 === 0 && clock.now() > end) || this.#text.length > TURN_OUTPUT) {
        this.#flush();
        this.#setPaused(true);
        this.#activity = 'deferred';
        defer(() => this.#work());
        return;
      }
    }
    this.#activity = 'idle';
    if (this.#ending) this.#end();
    this.#flush();
    this.#setPaused(!this.#canRead());
  }

  /** As QEMU suspends a monitor: unread input stays where it is. */
  #canRead(): boolean {
    if (this.#state === 'closed' || this.#ending || this.#congested) return false;
    if (!this.#executing) return true;
    return this.#oobEnabled && this.#queue.length < MAX_QUEUED_REQUESTS;
  }

  #setPaused(paused: boolean): void {
    if (paused === this.#paused || this.#state === 'closed') return;
    this.#paused = paused;
    if (paused) this.#options.output.pause();
    else this.#options.output.resume();
  }

  #take(message: Message): void {
    if ('value' in message && isOutOfBand(message.value)) this.#execute(message.value, false);
    else if (this.#executing) this.#queue.push(message);
    else this.#inTurn(message);
  }

  #inTurn(message: Message): void {
    if ('error' in message) this.#sendError(undefined, message.error);
    else this.#execute(message.value, true);
  }

  #execute(input: JsonValue, inTurn: boolean): void {
    const id = requestId(input);
    const request = readRequest(input, this.#oobEnabled, this.#order);
    if ('problem' in request) {
      this.#sendError(id, request.problem);
      return;
    }
    const { command } = request;
    try {
      const result = this.#dispatch(request);
      if (!(result instanceof Promise)) {
        this.#sendResult(id, result);
        return;
      }
      if (inTurn) this.#executing = true;
      result
        .then(
          value => this.#sendResult(id, value),
          (error: unknown) => this.#sendFailure(id, error, command),
        )
        .then(() => this.#completed(inTurn));
    } catch (error) {
      this.#sendFailure(id, error, command);
    }
  }

  #dispatch(request: Request): unknown {
    const { command, args, outOfBand } = request;
    if (this.#state === 'command' && this.#context !== undefined) {
      return this.#options.dispatcher.invoke(this.#context.value, command, args, outOfBand);
    }
    if (command !== 'qmp_capabilities') {
      throw new QmpError("Expecting capabilities negotiation with 'qmp_capabilities'", 'CommandNotFound');
    }
    if (!this.#options.dispatcher.has(command)) throw commandNotFound(command);
    this.#options.dispatcher.check(command, args);
    this.#oobEnabled = Array.isArray(args?.enable) && args.enable.includes('oob');
    this.#state = 'command';
    return undefined;
  }

  /** A request that took time is done; those that waited for it come next. */
  #completed(inTurn: boolean): void {
    if (inTurn) this.#executing = false;
    if (this.#activity === 'idle') this.#work();
  }

  #sendResult(id: JsonValue | undefined, result: unknown): void {
    const returned = result === undefined ? {} : result;
    if (this.#state === 'closed') return;
    try {
      if (this.#options.pretty === true) this.#send({ return: returned, id });
      else this.#sendCompact(returned, id);
    } catch (error) {
      this.#sendFailure(id, error, '');
    }
  }

  #sendFailure(id: JsonValue | undefined, error: unknown, command: string): void {
    if (error instanceof QmpError) this.#sendError(id, error.desc, error.errorClass);
    else if (error instanceof HardwareError) this.#options.owner.hardwareError(error);
    else {
      this.#options.owner.internalError(error, command);
      this.#sendError(id, `Internal error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #sendError(id: JsonValue | undefined, desc: string, errorClass: ErrorClass = 'GenericError'): void {
    this.#send({ id, error: { class: errorClass, desc } });
  }

  #send(message: object): void {
    if (this.#state === 'closed') return;
    const { writer, pretty } = this.#options;
    this.#text += `${pretty === true ? writer.pretty(message) : writer.compact(message)}\r\n`;
  }

  /** What `#send` would do; the most frequent message deserves a shorter way. */
  #sendCompact(returned: unknown, id: JsonValue | undefined): void {
    const { writer } = this.#options;
    const suffix = id === undefined ? '' : `, "id": ${writer.compact(id)}`;
    this.#text += `{"return": ${writer.compact(returned)}${suffix}}\r\n`;
  }

  #flush(): void {
    this.#flushPlanned = false;
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    if (this.#options.output.write(text)) return;
    this.#congested = true;
  }
}
