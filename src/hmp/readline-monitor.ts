import { HardwareError } from '../base/errors.ts';
import type { Connection, ConnectionHandler, Frontend } from '../chardev/chardev.ts';
import type { HmpCommand, HmpEnvironment, MonitorState } from './command.ts';
import { completeLine } from './completion.ts';
import { execute } from './interpreter.ts';
import { LineEditor } from './line-editor.ts';

const PROMPT = '(qemu) ';

/**
 * A human monitor on a character device: a banner and a prompt, a line editor, and the commands. What was
 * entered before stays in the history when another client comes.
 */
export class ReadlineMonitor implements Frontend {
  readonly #editor: LineEditor;
  readonly #state: MonitorState = { cpu: 0 };
  #conversation: Conversation | undefined;

  constructor(
    private readonly environment: HmpEnvironment,
    private readonly commands: readonly HmpCommand[],
  ) {
    this.#editor = new LineEditor({
      prompt: PROMPT,
      write: text => this.#write(text),
      complete: line => completeLine(commands, environment, line),
    });
  }

  opened(connection: Connection): ConnectionHandler {
    const conversation = new Conversation(connection, this.#editor, line => this.#execute(line));
    this.#conversation = conversation;
    this.#write(`QEMU ${this.environment.version} monitor - type 'help' for more information\n`);
    this.#editor.restart();
    this.#editor.showPrompt();
    return {
      receive: chunk => conversation.receive(chunk),
      drained: () => conversation.resume(),
      focused: isFocused => {
        if (!isFocused) this.#write('\n');
        else {
          this.#editor.restart();
          this.#editor.showPrompt();
        }
      },
      closed: () => {
        if (this.#conversation === conversation) this.#conversation = undefined;
        conversation.close();
      },
    };
  }

  /** Ends the conversation once everything so far is sent. */
  close(): void {
    this.#conversation?.close();
    this.#conversation?.connection.end();
  }

  /** @param line bytes, one a character */
  async #execute(line: string): Promise<void> {
    const { environment, commands } = this;
    const print = (text: string) => this.#write(Buffer.from(text).toString('latin1'));
    const history = this.#editor.history.lines.map(fromBytes);
    const session = { ...environment, state: this.#state, print, history };
    try {
      await execute(commands, session, fromBytes(line));
    } catch (error) {
      if (error instanceof HardwareError) environment.machine.abort(error.message);
      else environment.report(`internal error in '${line}': ${error instanceof Error ? error.stack : error}`);
    }
  }

  #write(text: string): void {
    this.#conversation?.write(text.replaceAll('\n', '\r\n'));
  }
}

/** Text from characters that are its bytes. */
function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** One client. While a command is executed, or the client does not read, its further input waits. */
class Conversation {
  #waiting: Uint8Array = new Uint8Array(0);
  #busy = false;
  #congested = false;
  #closed = false;

  constructor(
    readonly connection: Connection,
    private readonly editor: LineEditor,
    private readonly execute: (line: string) => Promise<void>,
  ) {}

  write(text: string): void {
    if (!this.#closed && !this.connection.write(text)) this.#congested = true;
  }

  receive(chunk: Uint8Array): void {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    this.#work();
  }

  /** The client has taken everything. */
  resume(): void {
    this.#congested = false;
    this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#waiting = new Uint8Array(0);
  }

  #work(): void {
    let at = 0;
    while (at < this.#waiting.length && !this.#busy && !this.#congested && !this.#closed) {
      const line = this.editor.receive(this.#waiting[at++] ?? 0);
      if (line !== undefined) this.#run(line);
    }
    this.#waiting = this.#waiting.subarray(at);
    if (this.#waiting.length > 0) this.connection.pause();
    else this.connection.resume();
  }

  #run(line: string): void {
    this.#busy = true;
    this.execute(line).finally(() => {
      this.#busy = false;
      if (this.#closed) return;
      this.editor.showPrompt();
      this.#work();
    });
  }
}
