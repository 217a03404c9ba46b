/** `qmpsim shell ADDRESS`: QMP typed by hand, as with the qmp-shell of QEMU. */

import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { QmpError } from '../base/errors.ts';

import { layOut } from './layout.ts';
import { connect, DisconnectedError, type QmpClient } from './qmp-client.ts';
import { parseTypedLine } from './typed-line.ts';

/** Where the shell reads and prints. With a terminal it prompts, and completes names of commands. */
export interface ShellStreams {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
  readonly terminal: boolean;
}

const PROMPT = '(QEMU) ';
const CLEAR_LINE = '\r\x1b[K';

/**
 * Executes lines, one after the other, until there are no more or the server hangs up. Replies and events are
 * printed as JSON.
 *
 * @param words the server's address
 * @returns the status to exit with
 */
export async function shell(words: readonly string[], streams: ShellStreams): Promise<number> {
  const [address] = words;
  if (address === undefined || words.length > 1 || address.startsWith('-')) {
    streams.errors.write('usage: qmpsim shell ADDRESS   (a path, unix:PATH, HOST:PORT or tcp:HOST:PORT)\n');
    return 1;
  }
  let client: QmpClient;
  try {
    client = await connect(address);
  } catch (error) {
    streams.errors.write(`qmpsim shell: ${address}: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
  await converse(client, streams);
  await client.close();
  return 0;
}

async function converse(client: QmpClient, { input, output, terminal }: ShellStreams): Promise<void> {
  const names = terminal ? await commandNames(client) : [];
  const lines = createInterface({
    input,
    output,
    terminal,
    prompt: PROMPT,
    completer: (line: string) => [names.filter(name => name.startsWith(line)), line],
  });
  client.onMessage(({ id, ...message }) => {
    // A line that is being typed moves below what is printed.
    output.write(`${terminal ? CLEAR_LINE : ''}${layOut(message)}\n`);
    if (terminal && id === undefined) lines.prompt(true);
  });
  client.closed.then(() => lines.close());
  if (terminal) {
    output.write(`${welcome(client)}\n`);
    lines.prompt();
  }
  for await (const line of lines) {
    const problem = await execute(client, line);
    if (problem !== undefined) output.write(`${problem}\n`);
    if (terminal) lines.prompt();
  }
  if (terminal) output.write('\n');
}

/** @returns what was wrong with the line, if it did not reach the server; the reply is printed as it comes */
async function execute(client: QmpClient, line: string): Promise<string | undefined> {
  try {
    const command = parseTypedLine(line);
    if (command !== undefined) await client.executeAny(command.execute, command.arguments);
    return undefined;
  } catch (error) {
    if (error instanceof QmpError) return undefined;
    if (error instanceof SyntaxError || error instanceof DisconnectedError) return error.message;
    throw error;
  }
}

function welcome({ version }: QmpClient): string {
  const { qemu, package: name } = version;
  return `Connected to QEMU ${qemu.major}.${qemu.minor}.${qemu.micro} (${name}). Tab completes, Ctrl-D ends.`;
}

async function commandNames(client: QmpClient): Promise<readonly string[]> {
  const commands = await client.execute('query-commands');
  return commands.map(command => command.name).sort();
}
