import { HardwareError } from '../base/errors.ts';
import type { Connection, ConnectionHandler, Frontend } from '../chardev/chardev.ts';
import type { Machine } from '../machine/machine.ts';
import { MAX_LENGTH, type QtestCommands, type QtestContext, QtestFailure, QtestWords } from './command.ts';
import { commandsFor } from './commands.ts';
import { InterruptTap } from './interrupt-tap.ts';
import type { QtestLog } from './log.ts';

/** As long as a line can be: the bytes of the longest write in hexadecimal, and the words before them. */
const MAX_LINE = 2 * MAX_LENGTH + 1024;

/**
 * The server of the qtest protocol: a client on a character device sends commands, one a line, and each is answered
 * with a line. It works on the machine as its processors would, and as what is wired to it.
 */
export class QtestServer implements Frontend {
  readonly #commands: QtestCommands;
  readonly #context: QtestContext;
  #connection: Connection | undefined;
  /** Lines to be executed, and the beginning of the next: another client may go on where the last one stopped. */
  readonly #lines: string[] = [];
  #rest = '';
  #state: 'waiting' | 'idle' | 'busy' | 'closed' = 'waiting';
  #congested = false;

  /** @param report takes a line for stderr */
  constructor(
    private readonly machine: Machine,
    private readonly log: QtestLog | undefined,
    private readonly report: (line: string) => void,
  ) {
    this.#commands = commandsFor(machine);
    const interrupts = new InterruptTap(line => this.#send(line));
    this.#context = { machine, interrupts, remark: text => log?.sent(text) };
  }

  opened(connection: Connection): ConnectionHandler {
    this.#connection = connection;
    this.#congested = false;
    this.#context.interrupts.forgetLevels();
    this.log?.opened();
    if (this.#state === 'closed') connection.end();
    return {
      receive: chunk => this.#receive(chunk),
      drained: () => {
        this.#congested = false;
        connection.resume();
        this.#work();
      },
      closed: () => {
        this.#connection = undefined;
        this.log?.closed();
      },
    };
  }

  /** Commands are executed from now on. */
  open(): void {
    this.#state = 'idle';
    this.#work();
  }

  /** Ends the conversation, after the reply to the command that is executed now. */
  close(): void {
    const isBusy = this.#state === 'busy';
    this.#state = 'closed';
    if (!isBusy) this.#connection?.end();
  }

  #receive(chunk: Uint8Array): void {
    const [first = '', ...others] = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      .toString('latin1')
      .split('\n');
    if (this.#rest.length + first.length > MAX_LINE) {
      this.report('a qtest client that sends no end of a line is disconnected');
      this.#rest = '';
      this.#connection?.destroy();
      return;
    }
    this.#rest += first;
    for (const text of others) {
      this.#lines.push(this.#rest);
      this.#rest = text;
    }
    this.#work();
  }

  async #work(): Promise<void> {
    if (this.#state !== 'idle') return;
    this.#state = 'busy';
    for (let line = this.#next(); line !== undefined; line = this.#next()) await this.#execute(line);
    if (this.#state === 'busy') this.#state = 'idle';
    else this.#connection?.end();
  }

  /** The line to be executed now, unless the machine has ended or the client does not read. */
  #next(): string | undefined {
    return this.#state === 'busy' && !this.#congested ? this.#lines.shift() : undefined;
  }

  async #execute(line: string): Promise<void> {
    this.log?.received(line);
    const [name = '', ...words] = line.split(' ');
    try {
      const command = Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
      if (command === undefined) throw new QtestFailure(`Unknown command '${name}'`);
      const result = await command(this.#context, new QtestWords(words));
      this.#send(`OK${result ?? ''}`);
    } catch (error) {
      this.#refuse(error, line);
    }
  }

  #refuse(error: unknown, line: string): void {
    if (error instanceof HardwareError) {
      this.machine.abort(error.message);
    } else if (error instanceof QtestFailure) {
      const reply = error.message === '' ? error.kind : `${error.kind} ${error.message}`;
      if (error.kind === 'FAIL') this.#send(reply);
      else {
        this.log?.sentAsIs(reply);
        this.#write(reply);
      }
    } else {
      this.report(`internal error in '${line}': ${error instanceof Error ? error.stack : String(error)}`);
      this.#send('FAIL Internal error');
    }
  }

  #send(line: string): void {
    this.log?.sent(line);
    this.#write(line);
  }

  #write(line: string): void {
    const connection = this.#connection;
    if (connection === undefined || connection.write(`${line}\n`)) return;
    this.#congested = true;
    connection.pause();
  }
}
