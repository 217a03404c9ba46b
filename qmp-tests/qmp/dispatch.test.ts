import assert from 'node:assert/strict';
import { QmpError } from '../../src/base/errors.ts';
import { Dispatcher, type Handlers } from '../../src/qmp/dispatch.ts';
import { type TestCommands, TestServer } from './test-server.ts';

describe('dispatch', () => {
  it('does not compile with a handler that disagrees with the schema', () => {
    const handlers: Handlers<null, TestCommands> = {
      // @ts-expect-error a list is returned
      'query-pci': () => ({}),
      // @ts-expect-error `path` is a string
      'qom-list': (_, { path }) => [{ path: path * 2 }],
      // @ts-expect-error nothing is returned
      stop: () => 'stopped',
    };
    // @ts-expect-error there is no such command
    const unknown: Handlers<null, TestCommands> = { 'query-nothing': () => ({}) };
    assert.equal(Object.keys({ ...handlers, ...unknown }).length, 4);
  });

  it('checks arguments in process, too, and gives results and errors', async () => {
    const { dispatcher } = new TestServer();
    assert.deepEqual(await dispatcher.execute(null, 'qom-list', { path: '/' }), []);
    assert.equal(await dispatcher.execute(null, 'stop'), undefined);
    assert.throws(
      () => dispatcher.invoke(null, 'qom-list', { path: 1 }),
      new QmpError("Invalid parameter type for 'path', expected: string"),
    );
    assert.throws(
      () => dispatcher.invoke(null, 'nosuch', undefined),
      new QmpError('The command nosuch has not been found', 'CommandNotFound'),
    );
  });

  it('is not led astray by names of inherited members', () => {
    const { dispatcher } = new TestServer();
    for (const name of ['constructor', 'toString', '__proto__']) {
      assert.throws(() => dispatcher.invoke(null, name, undefined), /has not been found/);
    }
  });

  it('asks whether a command is legal now, before it looks at the arguments', () => {
    const dispatcher = new Dispatcher<null, TestCommands>({
      documents: [{ handlers: { 'query-name': () => ({}), stop: () => {} }, validators: {} }],
      traits: { 'query-name': { allowPreconfig: true } },
      admit: (_, name, { allowPreconfig }) => {
        if (allowPreconfig !== true) throw new QmpError(`not now: ${name}`);
      },
    });
    assert.deepEqual(dispatcher.invoke(null, 'query-name', undefined), {});
    assert.throws(() => dispatcher.invoke(null, 'stop', undefined), /not now: stop/);
    assert.deepEqual(dispatcher.namesFor(null), ['query-name', 'stop']);
  });

  it('brings a document when one of its commands is called, once', async () => {
    let loads = 0;
    const load = async () => {
      loads++;
      return { handlers: { stop: () => {}, 'query-name': () => ({}) }, validators: {} };
    };
    const dispatcher = new Dispatcher<null, TestCommands>({
      documents: [],
      deferred: [{ names: ['stop', 'query-name'], load }],
    });
    assert.deepEqual(dispatcher.namesFor(null), ['stop', 'query-name']);
    assert.deepEqual(
      await Promise.all(['query-name', 'stop'].map(name => dispatcher.invoke(null, name, undefined))),
      [{}, undefined],
    );
    assert.deepEqual(dispatcher.invoke(null, 'query-name', undefined), {}, 'from then on at once');
    assert.equal(loads, 1);
  });
});
