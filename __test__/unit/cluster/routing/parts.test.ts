// Parts of split commands on their way through the engine's batches, without native code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandOptions } from '../../../../lib/client/options/command-options';
import type { ClusterExecutor } from '../../../../lib/cluster/routing/executor';
import { routeOf } from '../../../../lib/cluster/routing/routes';
import { COMMAND_TABLE } from '../../../../lib/commands';
import { flagsOf } from '../../../../lib/commands/traits';
import { AbortError, ClientClosedError, SocketClosedUnexpectedlyError, TimeoutError, type ErrorReply } from '../../../../lib/errors';
import { FLAG_ASAP, FLAG_BYTES, FLAG_CANCELLABLE, FLAG_LARGE, FLAG_READ, Failure, OUT_SIZE } from '../../../../lib/wire/boundary.generated';
import type { Command } from '../../../../lib/wire/command';
import { hashSlot } from '../../../../lib/wire/hash-slot';
import { LARGE_ARGUMENT } from '../../../../lib/wire/large-arguments';
import type { LinkOptions } from '../../../../lib/wire/link-types';
import { Requests } from '../../../../lib/wire/requests';
import { RESP_TYPES } from '../../../../lib/wire/resp-types';
import { recordedEngine } from '../../wire/recording-native';

const wire = (...words: string[]): string => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const CLUSTER = 1 << 30;

function made(options: Partial<LinkOptions> = {}) {
  const { engine, native } = recordedEngine();
  const requests = new Requests(engine, () => 'ready');
  requests.opened(CLUSTER, { resp: 3, routing: { flagsOf }, ...options } as LinkOptions);
  const executor = {
    parts: requests,
    run: (encoder, command, given, name) => requests.submit(encoder, command, given, name),
  } as Partial<ClusterExecutor> as ClusterExecutor;
  const call = (method: 'mGet' | 'mSet' | 'del', args: unknown, given: CommandOptions = {}): Promise<unknown> => {
    const command = COMMAND_TABLE[method] as unknown as Command;
    const encoder = engine.begin();
    (command.parseCommand as (...all: unknown[]) => void)(encoder, args);
    return (routeOf(command.name as string) as { run: (...all: unknown[]) => Promise<unknown> }).run(executor, encoder, command, given);
  };
  return { engine, native, requests, call };
}

test('parts are single commands of the cluster with the slot of their keys', async () => {
  const { engine, native, requests, call } = made();
  const reply = call('mGet', ['a', '{b}1', '{b}2', 'c']);
  engine.flush();
  const expected = [wire('MGET', 'a'), wire('MGET', '{b}1', '{b}2'), wire('MGET', 'c')];
  assert.deepEqual(native.batches, [['a', 'b', 'c'].map((key, index) => ({
    link: CLUSTER, ticket: index, text: expected[index], flags: FLAG_READ, timeout: 0, slot: hashSlot(key),
  }))]);
  assert.deepEqual([requests.outstanding, requests.outstandingBytes], [3, expected.join('').length]);
  native.dispatch([{ ticket: 2, reply: '*1\r\n$1\r\nC\r\n' }, { ticket: 0, reply: '*1\r\n_\r\n' }]);
  native.dispatch([{ ticket: 1, reply: '*2\r\n$1\r\n1\r\n$1\r\n2\r\n' }]);
  assert.deepEqual(await reply, [null, '1', '2', 'C']);
  assert.deepEqual([requests.outstanding, requests.outstandingBytes], [0, 0]);
});

test('they follow what is queued, and options apply to each', async () => {
  const { engine, native, call } = made();
  const options = { timeout: 250, asap: true, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };
  const first = call('del', 'x');
  const replies = call('mGet', ['a', 'b'], options);
  engine.flush();
  const [alone, ...parts] = native.batches.flat();
  assert.equal(alone?.text, wire('DEL', 'x'));
  for (const part of parts) assert.deepEqual([part.timeout, part.flags], [250, FLAG_ASAP | FLAG_BYTES | FLAG_READ]);
  native.dispatch([0, 1, 2].map((ticket) => ({ ticket, reply: ticket === 0 ? ':1\r\n' : `*1\r\n$1\r\n${ticket}\r\n` })));
  assert.deepEqual(await Promise.all([first, replies]), [1, [Buffer.from('1'), Buffer.from('2')]]);
});

test('the first failure counts, with the name of the command; later ones are heard by nobody', async () => {
  const { engine, native, call, requests } = made();
  const reply = call('del', ['a', 'b', 'c']);
  engine.flush();
  native.dispatch([{ ticket: 1, failure: Failure.ConnectionLost, phase: 1 }, { ticket: 0, reply: '-ERR no\r\n' }, { ticket: 2, reply: ':1\r\n' }]);
  await assert.rejects(reply, (error: Error & { command: string; phase: string }) => {
    assert.ok(error instanceof SocketClosedUnexpectedlyError, String(error));
    assert.deepEqual([error.command, error.phase], ['DEL', 'written']);
    return true;
  });
  const other = call('mSet', [['a', '1'], ['b', '2']]);
  engine.flush();
  native.dispatch([0, 2].map((ticket) => ({ ticket, reply: '-OOM no\r\n' })));
  await assert.rejects(other, (error: ErrorReply & { command: string }) => error.kind === 'OOM' && error.command === 'MSET');
  assert.equal(requests.outstanding, 0);
});

test('a signal takes back what is unwritten, and a deadline drops replies', async () => {
  const { engine, native, call, requests } = made();
  const controller = new AbortController();
  const aborted = call('mGet', ['a', 'b', 'c'], { abortSignal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, AbortError);
  assert.equal(requests.outstanding, 0);
  native.isUnwritten = false;
  const late = call('mGet', ['a', 'b', 'c'], { deadline: 5 });
  engine.flush();
  const [, , , ...sent] = native.batches.flat();
  assert.deepEqual(sent.map(({ flags }) => flags & FLAG_CANCELLABLE), [FLAG_CANCELLABLE, FLAG_CANCELLABLE, FLAG_CANCELLABLE]);
  // The timers of deadlines do not keep the process alive; this one does.
  const alive = setTimeout(() => undefined, 10_000);
  await assert.rejects(late, TimeoutError);
  clearTimeout(alive);
  native.dispatch(sent.map(({ ticket }) => ({ ticket, reply: '*1\r\n_\r\n' })));
  assert.equal(requests.outstanding, 0);
});

test('nothing is sent with an aborted signal, a bad argument, or on a closed cluster', async () => {
  const { engine, native, call, requests } = made();
  await assert.rejects(call('mGet', ['a', 'b'], { abortSignal: AbortSignal.abort() }), AbortError);
  await assert.rejects(call('mGet', ['a', 5]), { code: 'OXREDIS_INVALID_ARGUMENT', command: 'MGET' });
  requests.ended();
  await assert.rejects(call('mGet', ['a', 'b']), ClientClosedError);
  await assert.rejects(call('mGet', ['a', 5]), ClientClosedError);
  engine.flush();
  assert.deepEqual(native.batches, []);
});

test('parts of a command that is larger than the batch, and large arguments', async () => {
  const { engine, native, call } = made();
  const values = Array.from({ length: 12 }, (_, i) => String.fromCharCode(65 + i).repeat(OUT_SIZE / 8));
  const pairs: [string, string][] = values.map((value, i) => [`key:${i}`, value]);
  const reply = call('mSet', [...pairs, ['{key:3}', values[0]], ['large', 'z'.repeat(LARGE_ARGUMENT)]]);
  engine.flush();
  const sent = native.batches.flat();
  assert.equal(sent.length, 13);
  for (const [index, [key, value]] of pairs.entries()) {
    const words = index === 3 ? [key, value, '{key:3}', values[0] as string] : [key, value];
    assert.equal(sent[index]?.text, wire('MSET', ...words));
    assert.equal(sent[index]?.slot, hashSlot(key));
  }
  const large = sent[12];
  assert.equal(large?.text, `*3\r\n$4\r\nMSET\r\n$5\r\nlarge\r\n$${LARGE_ARGUMENT}\r\n\r\n`);
  assert.equal((large?.flags ?? 0) & FLAG_LARGE, FLAG_LARGE);
  const [[bytes, length, , at] = []] = native.callsOf('lend');
  assert.deepEqual([(bytes as Buffer).toString('latin1', 0, length as number), at], ['z'.repeat(LARGE_ARGUMENT), large.text.length - 2]);
  native.dispatch(sent.map(({ ticket }) => ({ ticket, reply: '+OK\r\n' })));
  assert.equal(await reply, 'OK');
});
