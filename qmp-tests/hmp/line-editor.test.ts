import assert from 'node:assert/strict';
import { LineEditor } from '../../src/hmp/line-editor.ts';

const WORDS = ['info', 'index', 'stop'];

/** A terminal in front of an editor: what it was sent, and what was entered. */
class Terminal {
  readonly entered: string[] = [];
  #output = '';
  readonly editor = new LineEditor({
    prompt: '> ',
    write: text => {
      this.#output += text;
    },
    complete: line => ({
      length: line.length,
      candidates: WORDS.filter(word => word.startsWith(line)),
    }),
  });

  /** @returns what the editor answers, with `<` and `>` for the cursor's steps and `|` for the erased rest */
  type(keys: string): string {
    for (const byte of Buffer.from(keys, 'latin1')) {
      const line = this.editor.receive(byte);
      if (line !== undefined) this.entered.push(line);
    }
    const output = this.#output.replaceAll('\x1b[D', '<').replaceAll('\x1b[C', '>').replaceAll('\x1b[K', '|');
    this.#output = '';
    return output;
  }
}

describe('the line editor', () => {
  let terminal: Terminal;
  beforeEach(() => {
    terminal = new Terminal();
  });

  it('draws the line anew after each key', () => {
    assert.equal(terminal.type('abc\r'), 'a|<ab|<<abc|\n');
    assert.deepEqual(terminal.entered, ['abc']);
  });

  it('moves and erases', () => {
    assert.equal(terminal.type('ab'), 'a|<ab|');
    assert.equal(terminal.type('\x1b[D'), '<');
    assert.equal(terminal.type('X'), '<aXb|<');
    assert.equal(terminal.type('\x7f'), '<<ab|<');
    assert.equal(terminal.type('\x01'), '<');
    assert.equal(terminal.type('\x04'), 'b|<');
    assert.equal(terminal.type('\x05'), '>');
    assert.equal(terminal.type(' cd \x17').slice(-7), '<<<<b |');
    assert.equal(terminal.type('\r'), '\n');
    assert.deepEqual(terminal.entered, ['b ']);
  });

  it('ignores keys it does not know', () => {
    assert.equal(terminal.type('\x03\x15\x1bx\x1b[H\x1bOP\x1b[5~'), '');
  });

  it('clears the screen', () => {
    assert.equal(terminal.type('a\x0c'), 'a|\x1b[2J\x1b[1;1H> a|');
  });

  it('goes through what was entered before, each line once', () => {
    terminal.type('one\rtwo\rone\r');
    assert.deepEqual(terminal.editor.history.lines, ['two', 'one']);
    assert.equal(terminal.type('\x1b[A'), 'one|');
    assert.equal(terminal.type('\x1b[A\x1b[A'), '<<<two|');
    assert.equal(terminal.type('\x1b[B\x1b[B'), '<<<one|<<<|');
  });

  it('keeps 64 lines', () => {
    for (let i = 0; i < 70; i++) terminal.type(`${i}\r`);
    assert.equal(terminal.editor.history.lines.length, 64);
    assert.equal(terminal.editor.history.lines[0], '6');
  });

  it('completes a word that can become only one', () => {
    assert.equal(terminal.type('s\t'), 's|<stop |');
  });

  it('lists what a word can become', () => {
    terminal.editor.showPrompt();
    terminal.type('');
    assert.equal(terminal.type('i\t'), 'i|\ninfo      index     \n> in|');
  });

  it('bounds the line', () => {
    const complete = () => ({ length: 0, candidates: [] });
    const editor = new LineEditor({ prompt: '', write: () => {}, complete });
    for (let i = 0; i < 5000; i++) editor.receive(0x78);
    assert.equal(editor.receive(13), 'x'.repeat(4095));
  });
});
