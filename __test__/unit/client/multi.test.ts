import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MultiErrorReply, RESP_TYPES, SimpleError, SocketClosedUnexpectedlyError, WatchError } from '../../../lib';
import { readyRig, settled, type Rig } from './scripted-link';

/** A server that queues what it knows and answers EXEC with these replies. */
function transactions(replies: unknown): (words: string[]) => unknown {
  return ([name]) => {
    if (name === 'EXEC') return replies;
    if (name === 'NOPE') return new SimpleError("ERR unknown command 'NOPE'");
    return name === 'MULTI' || name === 'WATCH' || name === 'UNWATCH' ? 'OK' : 'QUEUED';
  };
}

test('exec() sends one chain and transforms the replies', async () => {
  const { client, link } = await readyRig({ keyPrefix: 'p:', RESP: 2 }, transactions(['OK', ['f', 'v'], 'x']));
  const replies = await client.multi().set('k', 'v').hGetAll('h').sendCommand(['GET', 'k']).exec();
  assert.deepEqual(replies, ['OK', { f: 'v' }, 'x']);
  assert.deepEqual(link.wire, ['MULTI', 'SET p:k v', 'HGETALL p:h', 'GET k', 'EXEC']);
});

test('a transaction without commands talks to the server, a pipeline does not', async () => {
  const { client, link } = await readyRig({}, transactions([]));
  assert.deepEqual(await client.multi().exec(), []);
  assert.deepEqual(await client.multi().execAsPipeline(), []);
  assert.deepEqual(link.wire, ['MULTI', 'EXEC']);
});

test('a failed command makes a MultiErrorReply with all replies', async () => {
  const failure = new SimpleError('WRONGTYPE no');
  const { client } = await readyRig({}, transactions(['OK', failure, 'x']));
  await assert.rejects(client.multi().set('k', 'v').hGet('k', 'f').get('k').exec(), (error: MultiErrorReply) => {
    assert.ok(error instanceof MultiErrorReply);
    assert.equal(error.message, '1 commands failed, see .replies and .errorIndexes for more information');
    assert.deepEqual([error.replies, error.errorIndexes, [...error.errors()]], [['OK', failure, 'x'], [1], [failure]]);
    return true;
  });
});

test('a command that the server does not queue rejects with its own error', async () => {
  const { client } = await readyRig({}, transactions(new SimpleError('EXECABORT Transaction discarded')));
  await assert.rejects(client.multi().sendCommand(['NOPE']).get('k').exec(), { message: "ERR unknown command 'NOPE'" });
});

test('a bad argument rejects the execution, and nothing runs', async () => {
  const { client, link } = await readyRig({}, transactions([]));
  const builder = client.multi().set('a', '1').set('b', true as unknown as string).get('c');
  const expected = { constructor: TypeError, message: '"arguments[2]" must be of type "string | Buffer", got boolean instead.' };
  await assert.rejects(builder.exec(), expected);
  await assert.rejects(builder.execAsPipeline(), expected);
  assert.deepEqual(link.wire, []);
});

test('arguments that no command can be built from throw at once', async () => {
  const { client } = await readyRig();
  assert.throws(() => client.multi().getEx('k', undefined as never), TypeError);
  assert.throws(() => client.multi().select(undefined as never), TypeError);
  assert.throws(() => client.multi().addCommand([]), TypeError);
});

test('a pipeline rejects with the first error', async () => {
  const { client, link } = await readyRig({}, ([name]) => (name === 'HGET' ? new SimpleError('WRONGTYPE no') : 'OK'));
  await assert.rejects(client.multi().set('k', 'v').hGet('k', 'f').execAsPipeline(), { constructor: SimpleError, message: 'WRONGTYPE no' });
  assert.deepEqual(await client.multi().set('k', 'v').exec(true), ['OK']);
  assert.deepEqual(link.wire, ['SET k v', 'HGET k f', 'SET k v']);
});

test('a builder can be executed again, with what was added since', async () => {
  const { client, link } = await readyRig({}, transactions(['x']));
  const builder = client.multi().get('k');
  assert.deepEqual(await builder.execTyped(), ['x']);
  builder.get('l');
  await builder.EXEC();
  assert.deepEqual(link.wire, ['MULTI', 'GET k', 'EXEC', 'MULTI', 'GET k', 'GET l', 'EXEC']);
});

test('select in a transaction is remembered when it succeeded', async () => {
  const { client, link } = await readyRig({}, transactions(['OK', null]));
  await client.multi().select(2).get('a').exec();
  assert.deepEqual(link.calls, ['open', 'setDatabase 2']);
  link.answer = transactions([new SimpleError('ERR DB index is out of range')]);
  await assert.rejects(client.multi().SELECT(99).exec(), MultiErrorReply);
  assert.deepEqual(link.calls, ['open', 'setDatabase 2']);
  link.answer = () => 'OK';
  await client.multi().select(0).execAsPipeline();
  assert.deepEqual(link.calls.at(-1), 'setDatabase 0');
});

test('addCommand transforms its reply', async () => {
  const { client } = await readyRig({}, transactions(['v']));
  assert.deepEqual(await client.multi().addCommand(['GET', 'k'], (reply: never) => `T${String(reply)}`).exec(), ['Tv']);
});

test('the options of a proxy reach transactions and pipelines', async () => {
  const { client, link } = await readyRig({}, transactions(['x']));
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };
  await client.withTypeMapping(typeMapping).multi().get('k').exec();
  await client.withTypeMapping(typeMapping).multi().get('k').execAsPipeline();
  for (const { options } of link.sent) assert.equal(options.typeMapping, typeMapping);
});

async function watching(): Promise<Rig> {
  const made = await readyRig({}, transactions(['x']));
  await made.client.watch('k');
  assert.equal(made.client.isWatching, true);
  return made;
}

test('a transaction uses WATCH up', async () => {
  const { client } = await watching();
  assert.deepEqual(await client.multi().get('k').exec(), ['x']);
  assert.equal(client.isWatching, false);
});

test('a changed key is a WatchError', async () => {
  const { client, link } = await watching();
  link.answer = transactions(null);
  await assert.rejects(client.multi().get('k').exec(), {
    constructor: WatchError, message: 'One (or more) of the watched keys has been changed',
  });
});

test('a reconnect between WATCH and exec() is a WatchError, once', async () => {
  const { client, link } = await watching();
  link.lose(new SocketClosedUnexpectedlyError());
  const offline = client.multi().get('k');
  await assert.rejects(offline.exec(), { constructor: WatchError, message: 'Client reconnected after WATCH' });
  link.becomeReady();
  assert.deepEqual(await offline.exec(), ['x']);
});

test('keys watched before a reconnect are lost, whatever is watched after it', async () => {
  const { client, link } = await watching();
  link.lose(new SocketClosedUnexpectedlyError());
  link.becomeReady();
  await client.watch('other');
  await assert.rejects(client.multi().exec(), { message: 'Client reconnected after WATCH' });
});

test('a transaction that waits to be sent does not outlive the connection that watches', async () => {
  const { client, link } = await watching();
  link.answer = undefined;
  const own = new AbortController();
  const running = client.withAbortSignal(own.signal).multi().get('k').exec();
  const { abortSignal } = link.sent.at(-1)?.options ?? {};
  assert.equal(abortSignal?.aborted, false);
  link.lose(new SocketClosedUnexpectedlyError());
  assert.equal(abortSignal?.aborted, true);
  client.destroy();
  await assert.rejects(running);
});

test('setDirtyWatch fails the next transaction with its text', async () => {
  const { client } = await watching();
  client.setDirtyWatch('moved');
  assert.equal(client.isDirtyWatch, true);
  await assert.rejects(client.multi().get('k').exec(), { constructor: WatchError, message: 'moved' });
  assert.deepEqual([client.isWatching, client.isDirtyWatch], [false, false]);
});

test('unwatch forgets, pipelines leave WATCH alone', async () => {
  const { client } = await watching();
  await client.multi().get('k').execAsPipeline();
  assert.equal(client.isWatching, true);
  await client.unwatch();
  assert.equal(client.isWatching, false);
});

test('a lost transaction rejects once, without unhandled rejections', async () => {
  const { client, link } = await readyRig();
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const transaction = client.multi().get('k').get('l').exec();
  const pipeline = client.multi().get('k').get('l').execAsPipeline();
  for (const { reply } of link.sent) reply(new SocketClosedUnexpectedlyError());
  await assert.rejects(transaction, SocketClosedUnexpectedlyError);
  await assert.rejects(pipeline, SocketClosedUnexpectedlyError);
  await settled();
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
});

test('a command whose arguments build another one is not changed by it', async () => {
  const { client, link } = await readyRig({}, transactions(['OK', 'OK']));
  const outer = client.multi();
  const inner = client.multi();
  const options = Object.defineProperty({}, 'expiration', {
    get: () => {
      inner.set('b', '2');
      return { type: 'EX', value: 100 };
    },
  });
  await outer.set('a', '1', options).get('a').exec();
  await inner.exec();
  // The option may be read more than once.
  const commands = link.wire.filter((line) => line !== 'SET b 2');
  assert.deepEqual(commands, ['MULTI', 'SET a 1 EX 100', 'GET a', 'EXEC', 'MULTI', 'EXEC']);
  assert.ok(link.wire.length > commands.length);
});
