/** Look-ups in caches of the engine, and the loads that come of them, without native code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { encodeWords } from '../../../lib/client/encoding/encoded-command';
import { AbortError, type SimpleError, SocketClosedUnexpectedlyError, TimeoutError } from '../../../lib/errors';
import {
  ANSWER_FOREIGN, ANSWER_LOADING, ANSWER_MISS, ANSWER_NEEDS_MEMORY, ANSWER_REPLY, FLAG_BYTES, FLAG_CACHE, FLAG_CANCELLED, FLAG_CHAIN, FLAG_WRITE,
  Failure,
} from '../../../lib/wire/boundary.generated';
import type { CacheLoad, LoadObserver } from '../../../lib/wire/cache-load';
import type { CacheQuestion, CachedReads } from '../../../lib/wire/cached-reads';
import type { Command } from '../../../lib/wire/command';
import type { Engine } from '../../../lib/wire/engine';
import type { LinkCommandOptions, LinkOptions, PreparingCommand } from '../../../lib/wire/link-types';
import { Requests } from '../../../lib/wire/requests';
import { RESP_TYPES } from '../../../lib/wire/resp-types';
import { type Question, type RecordingNative, type Taken, recordedEngine } from './recording-native';
import { tapeOf } from './tape-builder';

const QUESTION: CacheQuestion = { cache: 2, database: 5, ttl: -1, asText: true };
const GET: Command = { name: 'GET', parseCommand: () => undefined };
const BUFFERS = { [RESP_TYPES.BLOB_STRING]: Buffer };

type Pair<T> = [T, T, ...T[]];

interface Stage {
  engine: Engine;
  native: RecordingNative;
  reads: CachedReads;
  requests: Requests;
  /** What the observer of loads was told: answered, failed, or taken back. */
  heard: string[];
  observer: LoadObserver;
}

function stage(): Stage {
  const { engine, native } = recordedEngine();
  const requests = new Requests(engine, () => 'ready');
  requests.opened(7, { resp: 3 } as LinkOptions);
  const heard: string[] = [];
  const observer: LoadObserver = {
    answered: (_load, isError) => void heard.push(isError ? 'error' : 'answered'),
    abandoned: (_load, failed) => void heard.push(failed ? 'failed' : 'taken back'),
  };
  return { engine, native, reads: engine.cachedReads, requests, heard, observer };
}

/** Looks a GET up. */
function find({ requests, reads }: Stage, question = QUESTION, loads = true): string | undefined {
  const encoder = requests.encoding.begin();
  encoder.push('GET');
  encoder.pushKey('k');
  return reads.find(encoder, encoder.end(), 1, question, loads);
}

/** Looks a GET up in vain, and sends it. */
function load(on: Stage, options: LinkCommandOptions = {}, before?: PreparingCommand): CacheLoad {
  assert.deepEqual([find(on), on.reads.answer], [undefined, ANSWER_MISS]);
  const { encoder } = on.engine;
  const made = on.requests.newLoad(on.observer, on.reads.ticket, options.timeout);
  made.send(encoder, encoder.end(), options, 'GET', before);
  return made;
}

const text = (...words: string[]): string => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** What makes the server track the next command. */
function caching(refused: () => void): PreparingCommand {
  return { ...encodeWords(['CLIENT', 'CACHING', 'YES']), refused };
}

test('a question has all that a cache wants to know of a read', () => {
  const on = stage();
  on.native.answers.push('found');
  assert.equal(find(on), 'found');
  const { ticket, ...question } = on.native.questions[0] as (typeof on.native.questions)[0];
  assert.deepEqual(question, { cache: 2, text: text('GET', 'k'), keyAt: 13, keyCount: 1, database: 5, ttl: -1, asText: true });
  assert.equal(ticket, on.engine.pending.reserved);
  find(on, { ...QUESTION, cache: 3, database: 0, ttl: 90, asText: false });
  const { cache, database, ttl, asText } = on.native.questions[1] as (typeof on.native.questions)[1];
  assert.deepEqual([cache, database, ttl, asText], [3, 0, 90, false]);
});

test('a look-up that is not followed by a request has no ticket, whatever was asked before', () => {
  const on = stage();
  find(on);
  find(on, QUESTION, false);
  find(on);
  const tickets = on.native.questions.map(({ ticket }) => ticket);
  assert.deepEqual(tickets, [tickets[0], -1, tickets[0]]);
  assert.ok((tickets[0] as number) >= 0);
});

test('a reply is read anew from the memory that it was put into, as often and as it is wanted', () => {
  const on = stage();
  const { bytes, words } = tapeOf('*2\r\n$3\r\nabc\r\n:7\r\n');
  const give = (): void => {
    bytes.copy(on.native.replyMemory?.bytes as Buffer);
    on.native.replyMemory?.words.set(words);
    on.native.answers.push({ kind: ANSWER_REPLY });
  };
  for (const [mapping, expected] of [[undefined, ['abc', 7]], [BUFFERS, [Buffer.from('abc'), 7]]] as const) {
    give();
    assert.equal(find(on), undefined);
    assert.equal(on.reads.answer, ANSWER_REPLY);
    assert.deepEqual(on.reads.read(mapping), expected);
  }
});

test('a reply that is larger than the memory for it is asked for again, with more memory', () => {
  const on = stage();
  on.native.answers.push({ kind: ANSWER_NEEDS_MEMORY, first: 100_000, second: 30_000 }, { kind: ANSWER_REPLY });
  find(on);
  assert.equal(on.reads.answer, ANSWER_REPLY);
  const { bytes, words } = on.native.replyMemory as NonNullable<typeof on.native.replyMemory>;
  assert.ok(bytes.length >= 100_000 && words.length >= 30_000);
  assert.deepEqual(on.native.questions[0], on.native.questions[1]);
});

test('other answers are passed on', () => {
  const on = stage();
  on.native.answers.push({ kind: ANSWER_FOREIGN }, { kind: ANSWER_LOADING, first: 33 });
  find(on);
  assert.equal(on.reads.answer, ANSWER_FOREIGN);
  find(on);
  assert.deepEqual([on.reads.answer, on.reads.loading], [ANSWER_LOADING, 33]);
});

test('a load has the ticket that the cache was told, and the next question another one', async () => {
  const on = stage();
  const first = load(on, { typeMapping: BUFFERS });
  const second = load(on);
  await turn();
  const told = on.native.questions.map(({ ticket }) => ticket);
  assert.deepEqual(on.native.batches[0]?.map(({ ticket }) => ticket), told);
  assert.deepEqual([first.ticket, second.ticket], told);
  assert.notEqual(told[0], told[1]);
  const [with_, without] = on.native.batches[0] as Pair<Taken>;
  assert.equal(with_.flags & FLAG_CACHE & without.flags, FLAG_CACHE);
  assert.deepEqual([with_.flags & FLAG_BYTES, without.flags & FLAG_BYTES], [FLAG_BYTES, 0]);
});

test('a load that needs another command before it travels with that, and its ticket is still that of the read', async () => {
  const on = stage();
  let refusals = 0;
  const made = load(on, {}, caching(() => refusals++));
  await turn();
  const [first, second] = on.native.batches[0] as Pair<Taken>;
  assert.deepEqual([first.text, second.text, second.ticket], [text('CLIENT', 'CACHING', 'YES'), text('GET', 'k'), made.ticket]);
  assert.deepEqual([first.flags & (FLAG_CHAIN | FLAG_CACHE), second.flags & (FLAG_CHAIN | FLAG_CACHE)], [FLAG_CHAIN, FLAG_CACHE]);
  on.native.dispatch([{ ticket: first.ticket, reply: '-ERR no\r\n' }]);
  assert.equal(refusals, 1);
});

test('a write that only this connection sees has no ticket; one that others see has the one of its request', async () => {
  const on = stage();
  const write = (isFlagged: boolean): void => {
    const encoder = on.requests.encoding.begin();
    encoder.push('SET');
    encoder.pushKey('k');
    encoder.push('1');
    on.reads.write(encoder, encoder.end(), 6, encoder.keyAt, 1, isFlagged);
    void on.requests.submit(encoder, undefined, {}, 'SET', isFlagged);
  };
  find(on);
  write(false);
  write(true);
  find(on);
  await turn();
  const [plain, flagged] = on.native.writes as Pair<Question>;
  assert.deepEqual(flagged, { ...plain, ticket: flagged.ticket });
  assert.deepEqual([plain.cache, plain.text, plain.keyAt, plain.keyCount, plain.ticket], [6, text('SET', 'k', '1'), 13, 1, -1]);
  const [, sent] = on.native.batches[0] as Pair<Taken>;
  assert.deepEqual([sent.ticket, sent.flags & FLAG_WRITE], [flagged.ticket, FLAG_WRITE]);
  // The words that both use are those of the question again.
  const [before, after] = on.native.questions as Pair<Question & { ttl: number; asText: boolean }>;
  assert.deepEqual({ ...after, ticket: before.ticket }, before);
});

test('a write with large arguments is told of without them', () => {
  const on = stage();
  const encoder = on.requests.encoding.begin();
  encoder.push('SET');
  encoder.pushKey('k');
  encoder.push(Buffer.alloc(100_000, 'x'));
  on.reads.write(encoder, encoder.end(), 2, encoder.keyAt, 1, true);
  const [[cache, bytes, keyAt, keys, ticket]] = on.native.callsOf('writeCached') as [[number, Buffer, number, number, number]];
  assert.deepEqual([cache, keyAt, keys, ticket], [2, 13, 1, on.engine.pending.reserved]);
  assert.equal(bytes.toString(), '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$000000\r\n\r\n');
  assert.deepEqual(on.native.writes, []);
});

test('all who wait get the reply, each in its own way and with memory of its own', async () => {
  const on = stage();
  const made = load(on);
  const doubled: Command = { name: 'GET', parseCommand: () => undefined, transformReply: (reply: unknown) => `${String(reply)}${String(reply)}` as never };
  const replies = [made.wait(GET, 'GET', undefined, {}), made.wait(doubled, 'GET', undefined, {}),
    made.wait(GET, 'GET', undefined, { typeMapping: BUFFERS }), made.wait(GET, 'GET', undefined, { typeMapping: BUFFERS })];
  on.native.dispatch([{ ticket: made.ticket, reply: '$1\r\nv\r\n' }]);
  const [plain, twice, one, other] = await Promise.all(replies);
  assert.deepEqual([plain, twice, one, other], ['v', 'vv', Buffer.from('v'), Buffer.from('v')]);
  (one as Buffer)[0] = 0;
  assert.deepEqual(other, Buffer.from('v'));
  assert.deepEqual([on.heard, on.requests.outstanding], [['answered'], 0]);
});

test('memory that is given away with a reply is not given to several', async () => {
  for (const count of [1, 2]) {
    const on = stage();
    const made = load(on);
    const replies = Array.from({ length: count }, () => made.wait(GET, 'GET', undefined, { typeMapping: BUFFERS }));
    on.native.dispatch([{ ticket: made.ticket, reply: `$9000\r\n${'v'.repeat(9000)}\r\n` }], { block: 4, isLast: true });
    const values = await Promise.all(replies) as Buffer[];
    // Only a Buffer that lies in the block begins behind the reply's first line.
    assert.deepEqual(values.map(({ length, byteOffset }) => [length, byteOffset > 0]), count === 1 ? [[9000, true]] : [[9000, false], [9000, false]]);
  }
});

test('all who wait get the error of the server, with their own errors', async () => {
  const on = stage();
  const made = load(on);
  const replies = [made.wait(GET, 'GET', undefined, {}), made.wait(GET, 'GET', undefined, {})];
  on.native.dispatch([{ ticket: made.ticket, reply: '-WRONGTYPE no\r\n' }]);
  const outcomes = await Promise.allSettled(replies);
  const errors = outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as SimpleError);
  assert.deepEqual(errors.map(({ kind, command, phase }) => [kind, command, phase]), new Array(2).fill(['WRONGTYPE', 'GET', 'written']));
  assert.notEqual(errors[0], errors[1]);
  assert.deepEqual(on.heard, ['error']);
});

test('a load that fails rejects all who wait, and the cache forgets it before the link drains', async () => {
  const on = stage();
  const made = load(on);
  on.requests.onDrained(() => on.heard.push('drained'));
  const replies = [made.wait(GET, 'GET', undefined, {}), made.wait(GET, 'GET', undefined, {})];
  on.native.dispatch([{ ticket: made.ticket, failure: Failure.ConnectionLost, phase: 1 }]);
  for (const reply of replies) await assert.rejects(reply, SocketClosedUnexpectedlyError);
  assert.deepEqual([on.heard, on.requests.outstanding], [['failed', 'drained'], 0]);
});

test('a reply that nobody waits for is skipped, and still kept', async () => {
  const on = stage();
  const made = load(on);
  engineHasWritten(on);
  const other = on.requests.submit(pinged(on), undefined, {}, 'PING');
  const reply = made.wait(GET, 'GET', undefined, { deadline: 1 });
  await assert.rejects(reply, TimeoutError);
  const ticket = on.native.batches.flat().find(({ text: sent }) => sent === text('PING'))?.ticket as number;
  on.native.dispatch([{ ticket: made.ticket, reply: '*2\r\n:1\r\n:2\r\n' }, { ticket, reply: '+PONG\r\n' }]);
  assert.equal(await other, 'PONG');
  assert.deepEqual(on.heard, ['answered']);
});

function pinged({ requests }: Stage): ReturnType<Requests['encoding']['begin']> {
  const encoder = requests.encoding.begin();
  encoder.push('PING');
  return encoder;
}

/** What is in the batch leaves, and cannot be taken back. */
function engineHasWritten({ engine, native }: Stage): void {
  engine.flush();
  native.isUnwritten = false;
}

test('the last one who gives up takes the request with it while it is unwritten; the cache forgets it first', async () => {
  const on = stage();
  const controllers = [new AbortController(), new AbortController()];
  const made = load(on);
  on.requests.onDrained(() => on.heard.push('drained'));
  const replies = controllers.map(({ signal: abortSignal }) => made.wait(GET, 'GET', undefined, { abortSignal }));
  controllers[0]?.abort();
  await assert.rejects(replies[0] as Promise<unknown>, AbortError);
  assert.deepEqual([on.heard, on.requests.outstanding], [[], 1]);
  controllers[1]?.abort();
  await assert.rejects(replies[1] as Promise<unknown>, (error: AbortError) => error instanceof AbortError && error.phase === 'queued');
  assert.deepEqual([on.heard, on.requests.outstanding, on.engine.pending.size], [['taken back', 'drained'], 0, 0]);
  await turn();
  assert.deepEqual(on.native.batches[0]?.map(({ flags }) => flags & FLAG_CANCELLED), [FLAG_CANCELLED]);
});

test('a load is taken back with what goes before it', () => {
  const on = stage();
  const controller = new AbortController();
  const made = load(on, {}, caching(() => undefined));
  made.wait(GET, 'GET', undefined, { abortSignal: controller.signal }).catch(() => undefined);
  controller.abort();
  on.engine.flush();
  assert.deepEqual(on.native.batches[0]?.map(({ flags }) => flags & FLAG_CANCELLED), [FLAG_CANCELLED, FLAG_CANCELLED]);
  assert.deepEqual([on.requests.outstanding, on.engine.pending.size], [0, 0]);
});

test('a signal says nothing to a load that was written, unless the caller says so', async () => {
  for (const abortInFlight of [false, true]) {
    const on = stage();
    const made = load(on);
    engineHasWritten(on);
    const controller = new AbortController();
    const reply = made.wait(GET, 'GET', undefined, { abortSignal: controller.signal, abortInFlight });
    controller.abort();
    const isAborted = abortInFlight && assert.rejects(reply, (error: AbortError) => error instanceof AbortError && error.phase === 'written');
    on.native.dispatch([{ ticket: made.ticket, reply: '+late\r\n' }]);
    await (isAborted || reply.then((value) => assert.equal(value, 'late')));
    assert.deepEqual(on.heard, ['answered'], 'and the cache keeps the reply');
  }
});

test('one of several gives up without a word to the request, which others need', async () => {
  const on = stage();
  const made = load(on);
  const controller = new AbortController();
  const leaving = made.wait(GET, 'GET', undefined, { abortSignal: controller.signal });
  const staying = made.wait(GET, 'GET', undefined, {});
  controller.abort();
  await assert.rejects(leaving, AbortError);
  on.engine.flush();
  assert.deepEqual([on.native.batches[0]?.map(({ flags }) => flags & FLAG_CANCELLED), on.native.callsOf('cancel')], [[0], []]);
  on.native.dispatch([{ ticket: made.ticket, reply: '+here\r\n' }]);
  assert.equal(await staying, 'here');
});
