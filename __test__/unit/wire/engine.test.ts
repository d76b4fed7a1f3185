/** Batches on their way to native code, and what it hands over, without native code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  FLAG_ASAP, FLAG_CACHE, FLAG_CANCELLED, FLAG_CHAIN, FLAG_LARGE, FLAG_WRITE, LENT_FIRST, LENT_ONCE, META_COMMANDS, NativeEvent, OUT_SIZE, PushKind,
} from '../../../lib/wire/boundary.generated';
import type { TapeReader } from '../../../lib/wire/decoder';
import type { Engine, LinkListener } from '../../../lib/wire/engine';
import type { NativeLinkOptions } from '../../../lib/wire/addon';
import { Pending, type PendingOwner } from '../../../lib/wire/pending';
import { recordedEngine } from './recording-native';

/** Notes how requests end. */
class Ends implements PendingOwner {
  readonly heard: unknown[][] = [];
  /** Called in the course of a dispatch. */
  then: () => void = () => undefined;

  request(name = 'GET', length = 0): Pending {
    return new Pending(this, () => undefined, () => undefined, undefined, name, undefined, undefined, length);
  }

  onReply({ name }: Pending, reader: TapeReader): void {
    this.heard.push([name, reader.read()]);
    this.then();
  }

  onDropped({ name }: Pending): void {
    this.heard.push([name, 'dropped']);
  }

  onDone({ name }: Pending): void {
    this.heard.push([name, 'done']);
  }

  onFailure({ name }: Pending, code: number, phase: number): void {
    this.heard.push([name, 'failed', code, phase]);
  }
}

function queue(engine: Engine, ends: Ends, words: string[], flags = 0, link = 0): number {
  const encoder = engine.begin(undefined);
  encoder.push(...words);
  return engine.queue(link, ends.request(words[0], encoder.end()), flags, 0, -1);
}

const wire = (...words: string[]): string => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

test('the commands of a tick leave together at its end, each with what native code has to know', async () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  queue(engine, ends, ['GET', 'a'], FLAG_ASAP, 3);
  const encoder = engine.begin(undefined);
  encoder.push('SET', 'b', '1');
  engine.queue(4, ends.request('SET', encoder.end()), 0, 250, 77);
  engine.queueEncoded(5, ends.request('PING'), { bytes: Buffer.from(wire('PING')) }, FLAG_CHAIN, 9, -1);
  assert.equal(native.batches.length, 0);
  await turn();
  assert.deepEqual(native.batches, [[
    { link: 3, ticket: 0, text: wire('GET', 'a'), flags: FLAG_ASAP, timeout: 0, slot: -1 },
    { link: 4, ticket: 1, text: wire('SET', 'b', '1'), flags: 0, timeout: 250, slot: 77 },
    { link: 5, ticket: 2, text: wire('PING'), flags: FLAG_CHAIN, timeout: 9, slot: -1 },
  ]]);
  await turn();
  assert.equal(native.batches.length, 1, 'nothing leaves without a command');
  queue(engine, ends, ['GET', 'c']);
  await turn();
  assert.equal(native.batches[1]?.[0]?.text, wire('GET', 'c'));
});

test('a batch leaves early when it is long, or has many commands', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  for (let i = 0; i < 3; i++) queue(engine, ends, ['SET', 'k', 'x'.repeat(6000)]);
  assert.deepEqual(native.batches.map((batch) => batch.length), [3]);
  for (let i = 0; i < META_COMMANDS; i++) engine.queueEncoded(0, ends.request(), { bytes: Buffer.from('x') }, 0, 0, -1);
  assert.deepEqual(native.batches.map((batch) => batch.length), [3, META_COMMANDS]);
});

test('a command that does not fit behind the others has them leave first', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  queue(engine, ends, ['SET', 'k', 'x'.repeat(10_000)]);
  queue(engine, ends, ['MSET', ...Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? `k${i}` : 'y'.repeat(6000)))]);
  assert.deepEqual(native.batches.map((batch) => batch.map(({ text }) => text.length > 50_000)), [[false], [true]]);
});

test('large arguments are lent and not copied, and their command leaves at once', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const value = Buffer.alloc(100_000, 'x');
  const encoder = engine.begin(undefined);
  encoder.push('SET', 'k', value);
  engine.queue(0, ends.request('SET', encoder.end()), 0, 0, -1);
  const [[lent, length, index, at, flags]] = native.callsOf('lend') as [[Uint8Array, number, number, number, number]];
  const text = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n';
  assert.deepEqual([lent.buffer === value.buffer, length, index, at, flags], [true, 100_000, 0, text.length, LENT_FIRST]);
  assert.deepEqual(native.batches.map((batch) => batch.map((taken) => [taken.text, taken.flags])), [[[`${text}\r\n`, FLAG_LARGE]]]);
});

test('memory that only the engine has may be used again; not that of a command that is sent twice', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const text = 'x'.repeat(100_000);
  queue(engine, ends, ['SET', 'k', text]);
  const encoder = engine.begin(undefined);
  encoder.push('SET', 'k', text);
  const { buffer, start, larges } = encoder;
  const length = encoder.end();
  const bytes = Buffer.from(buffer.subarray(start, start + length - encoder.largeBytes));
  engine.queueEncoded(0, ends.request('SET'), { bytes, larges: [...larges] }, 0, 0, -1);
  assert.deepEqual(native.callsOf('lend').map(([, , , , flags]) => flags), [LENT_FIRST | LENT_ONCE, LENT_FIRST]);
});

test('a command that is larger than the memory for commands is lent whole', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const words = ['MSET', ...Array.from({ length: 40 }, (_, i) => `${i}:${'y'.repeat(OUT_SIZE / 20)}`)];
  queue(engine, ends, words);
  const lent = native.callsOf('lend').map(([bytes, length]) => (bytes as Buffer).toString('latin1', 0, length as number));
  assert.equal(lent.join(''), wire(...words));
  assert.deepEqual(native.batches[0]?.map(({ text, flags }) => [text, flags]), [['', FLAG_LARGE]]);
  queue(engine, ends, ['GET', 'k']);
  engine.flush();
  assert.equal(native.batches[1]?.[0]?.text, wire('GET', 'k'), 'the next one is in the shared memory again');
});

test('what a cache was told of takes the reserved ticket, and nothing else does', () => {
  const { engine } = recordedEngine();
  const ends = new Ends();
  engine.pending.reserve();
  const { reserved } = engine.pending;
  assert.notEqual(queue(engine, ends, ['GET', 'a']), reserved);
  assert.equal(queue(engine, ends, ['GET', 'b'], FLAG_CACHE), reserved);
  const next = engine.pending.reserved;
  assert.equal(queue(engine, ends, ['SET', 'b', '1'], FLAG_WRITE), next);
});

test('a command is taken back in the batch, or else in native code', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const tickets = ['a', 'b', 'c'].map((key) => queue(engine, ends, ['GET', key]));
  assert.ok(engine.takeBack([tickets[1] as number]));
  engine.flush();
  assert.deepEqual(native.batches[0]?.map(({ flags }) => flags), [0, FLAG_CANCELLED, 0]);
  assert.deepEqual(native.callsOf('cancel'), []);
  assert.ok(engine.takeBack([tickets[0] as number]));
  native.isUnwritten = false;
  assert.ok(!engine.takeBack([tickets[2] as number]));
  assert.deepEqual(native.callsOf('cancel'), [[tickets[0]], [tickets[2]]]);
});

test('a chain is taken back whole', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const chain = (): number[] => [FLAG_CHAIN, FLAG_CHAIN, 0].map((flag) => queue(engine, ends, ['PING'], flag));
  const first = chain();
  queue(engine, ends, ['GET', 'k']);
  assert.ok(engine.takeBack(first));
  engine.flush();
  assert.deepEqual(native.batches[0]?.map(({ flags }) => (flags & FLAG_CANCELLED) !== 0), [true, true, true, false]);
  // One whose head has left: the tail leaves too, for native code to find it.
  queue(engine, ends, ['PING'], FLAG_CHAIN);
  engine.flush();
  const tail = queue(engine, ends, ['PING']);
  engine.takeBack([4, tail]);
  assert.deepEqual([native.batches.length, native.callsOf('cancel')], [3, [[4]]]);
});

test('of two commands in one batch that have had the same ticket, the later one is taken back', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const ticket = queue(engine, ends, ['GET', 'a']);
  engine.takeBack([ticket]);
  engine.pending.take(ticket);
  assert.equal(queue(engine, ends, ['GET', 'b']), ticket);
  assert.equal(queue(engine, ends, ['GET', 'c']), ticket + 1);
  engine.takeBack([ticket]);
  engine.flush();
  assert.deepEqual(native.batches[0]?.map(({ flags }) => flags), [FLAG_CANCELLED, FLAG_CANCELLED, 0]);
});

test('every item of a dispatch ends one request, and its ticket is free when the owner hears of it', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const [first, second, third, fourth] = ['A', 'B', 'C', 'D'].map((name) => queue(engine, ends, [name])) as [number, number, number, number];
  (engine.pending.peek(fourth) as Pending).abandoned = true;
  const sizes: number[] = [];
  ends.then = () => sizes.push(engine.pending.size);
  native.dispatch([
    { ticket: second, reply: '*2\r\n:1\r\n$2\r\nok\r\n' }, { ticket: first, failure: 2, phase: 0 }, { ticket: fourth, reply: '*1\r\n:9\r\n' },
    { ticket: 99, reply: '$7\r\nunasked\r\n' }, { ticket: third, done: true },
  ]);
  assert.deepEqual(ends.heard, [['B', [1, 'ok']], ['A', 'failed', 2, 0], ['D', 'dropped'], ['C', 'done']]);
  assert.deepEqual([sizes, engine.pending.size], [[3], 0]);
});

test('what is queued during a dispatch is left to native code, which takes it afterwards', async () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const ticket = queue(engine, ends, ['GET', 'a']);
  await turn();
  ends.then = () => {
    queue(engine, ends, ['GET', 'b']);
    assert.equal(native.batches.length, 1);
  };
  native.dispatch([{ ticket, reply: '+OK\r\n' }]);
  assert.equal(native.batches[1]?.[0]?.text, wire('GET', 'b'));
  queue(engine, ends, ['GET', 'c']);
  await turn();
  assert.equal(native.batches[2]?.[0]?.text, wire('GET', 'c'), 'and the next batch begins at the start of the memory');
});

class Listener implements LinkListener {
  readonly heard: unknown[][] = [];

  onPush(kind: PushKind, reader: TapeReader): void {
    this.heard.push([kind, reader.read()]);
  }

  onMonitorLine(reader: TapeReader): void {
    this.heard.push(['line', reader.read()]);
  }

  onEvent(kind: NativeEvent, a: number, b: number, detail: string): void {
    this.heard.push([kind, a, b, detail]);
  }
}

test('links hear of what is theirs, and what is for none is skipped', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const [first, second] = [new Listener(), new Listener()];
  const ids = [first, second].map((link) => engine.open({} as NativeLinkOptions, link)) as [number, number];
  const push = '>2\r\n+message\r\n$1\r\nx\r\n';
  const ticket = queue(engine, ends, ['GET', 'k']);
  const all = [{ link: ids[1], push: PushKind.Message, reply: push }, { link: ids[0], line: 'a line' }];
  native.dispatch([...all, { ticket, reply: ':1\r\n' }]);
  assert.deepEqual([first.heard, second.heard], [[['line', 'a line']], [[PushKind.Message, ['message', 'x']]]]);
  for (const id of ids) engine.detach(id);
  assert.deepEqual(native.callsOf('release'), [[ids[0]], [ids[1]]]);
  native.dispatch([...all, { ticket: queue(engine, ends, ['GET', 'k']), reply: ':2\r\n' }]);
  native.emit(NativeEvent.Ready, ids[0]);
  assert.deepEqual([first.heard.length, second.heard.length, ends.heard], [1, 1, [['GET', 1], ['GET', 2]]]);
});

test('events of links go to them, with all that they say', () => {
  const { engine, native } = recordedEngine();
  const link = new Listener();
  const id = engine.open({} as NativeLinkOptions, link);
  native.emit(NativeEvent.Protocol, id, 1, 2, '{}');
  native.emit(NativeEvent.Ready, id + 1);
  assert.deepEqual(link.heard, [[NativeEvent.Protocol, 1, 2, '{}']]);
});

test('one timer serves all deadlines, and attention is paid in a later turn', async (context) => {
  const { native } = recordedEngine();
  context.mock.timers.enable({ apis: ['setTimeout'] });
  native.emit(NativeEvent.Timer, 0, 500);
  native.emit(NativeEvent.Timer, 0, 100);
  context.mock.timers.tick(99);
  assert.deepEqual(native.callsOf('tick'), []);
  context.mock.timers.tick(1000);
  assert.equal(native.callsOf('tick').length, 1, 'the later one took the place of the first');
  native.emit(NativeEvent.Attend);
  assert.deepEqual(native.callsOf('attend'), []);
  await turn();
  assert.equal(native.callsOf('attend').length, 1);
});

test('the inbox grows when native code says so', () => {
  const { engine, native } = recordedEngine();
  const ends = new Ends();
  const ticket = queue(engine, ends, ['GET', 'k']);
  const before = native.memory.inbox;
  native.memory.inbox = native.callbacks.growInbox(100_000);
  assert.notEqual(native.memory.inbox, before);
  native.dispatch([{ ticket, reply: `*30000\r\n${':7\r\n'.repeat(30_000)}` }]);
  assert.deepEqual(ends.heard, [['GET', new Array(30_000).fill(7)]]);
});

test('a block is read where it is; a Buffer takes it along only when the engine has dropped it', () => {
  const { engine, native } = recordedEngine();
  const size = 10_000;
  const reply = `$${size}\r\n${'z'.repeat(size)}\r\n`;
  const read: Buffer[] = [];
  const owner = new Ends();
  owner.onReply = (_pending, reader) => {
    read.push(reader.read({ 36: Buffer }) as Buffer);
  };
  const ask = (): number => queue(engine, owner, ['GET', 'k']);
  native.dispatch([{ ticket: ask(), reply }], { block: 5, isLast: false });
  native.dispatch([{ ticket: ask(), reply }, { ticket: ask(), reply }], { block: 6, isLast: true });
  assert.ok(read.every((value) => value.length === size && value.every((byte) => byte === 'z'.charCodeAt(0))));
  assert.deepEqual(read.map((value) => value.byteOffset > 0), [false, false, true], 'only the last one lies where it was received');
  assert.throws(() => native.callbacks.dispatch(''), /There is no block 6/);
  native.emit(NativeEvent.BlockDropped, 0, 5);
  native.dispatch([{ ticket: ask(), reply: ':1\r\n' }]);
});
