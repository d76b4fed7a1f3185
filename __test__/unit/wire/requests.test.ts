// The one door for requests, without native code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeWords } from '../../../lib/client/encoding/encoded-command';
import { AbortError, ClientClosedError, ClientOfflineError, DisconnectsClientError, TimeoutError } from '../../../lib/errors';
import {
  FLAG_ASAP, FLAG_BLOCKING, FLAG_BYTES, FLAG_CANCELLABLE, FLAG_CHAIN, FLAG_CHAINED, FLAG_PUB_SUB, FLAG_READ, FLAG_WRITE, Failure,
} from '../../../lib/wire/boundary.generated';
import { NO_SLOT, hashSlot } from '../../../lib/wire/hash-slot';
import type { LinkCommandOptions, LinkOptions } from '../../../lib/wire/link-types';
import type { LinkCondition } from '../../../lib/wire/limit-errors';
import { Requests } from '../../../lib/wire/requests';
import { RESP_TYPES } from '../../../lib/wire/resp-types';
import { flagsOf } from '../../../lib/commands/traits';
import { QueueLimits } from '../../../lib/client/options/queue-limits';
import { RecordingEngine } from './recording-engine';

function made(options: Partial<LinkOptions> = {}, condition: LinkCondition = 'ready') {
  const engine = new RecordingEngine();
  const requests = new Requests(engine, () => condition);
  requests.opened(7, { resp: 3, ...options } as LinkOptions);
  const send = (words: string[], given: LinkCommandOptions = {}, isWrite?: boolean): Promise<unknown> => {
    const encoder = requests.encoding.begin();
    encoder.push(words[0] as string);
    if (words.length > 1) encoder.pushKey(words[1] as string);
    encoder.push(...words.slice(2));
    return requests.submit(encoder, undefined, given, undefined, isWrite);
  };
  return { engine, requests, send };
}

const counts = ({ outstanding, outstandingBytes }: Requests): number[] => [outstanding, outstandingBytes];

test('every kind of request is counted on its way in and out', async () => {
  const { engine, requests, send } = made();
  const replies = [
    send(['GET', 'k']), ...requests.submitChain([encodeWords(['MULTI']), encodeWords(['EXEC'])], {}),
    requests.request('MONITOR', () => undefined),
  ];
  const bytes = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'.length + '*1\r\n$5\r\nMULTI\r\n'.length + '*1\r\n$4\r\nEXEC\r\n'.length;
  assert.deepEqual(counts(requests), [4, bytes]);
  for (let ticket = 0; ticket < 3; ticket++) engine.fail(ticket, Failure.Destroyed, 0);
  assert.deepEqual(counts(requests), [1, 0]);
  engine.done(3);
  assert.deepEqual(counts(requests), [0, 0]);
  const outcomes = await Promise.allSettled(replies);
  assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'rejected', 'rejected', 'fulfilled']);
  for (const outcome of outcomes.slice(0, 3)) assert.ok((outcome as PromiseRejectedResult).reason instanceof DisconnectsClientError);
});

test('who wants to know hears once that nothing is outstanding, before the last request settles', async () => {
  const { engine, requests, send } = made();
  const heard: string[] = [];
  requests.onDrained(() => heard.push('drained'));
  const replies = [send(['GET', 'a']), send(['GET', 'b'])].map((reply) => reply.catch(() => heard.push('settled')));
  engine.fail(0, Failure.Closed, 0);
  await new Promise(setImmediate);
  assert.deepEqual(heard, ['settled']);
  engine.fail(1, Failure.Closed, 0);
  assert.deepEqual(heard, ['settled', 'drained']);
  await Promise.all(replies);
  assert.deepEqual(heard, ['settled', 'drained', 'settled']);
});

test('a link that is closed or closing accepts nothing, by whatever door', async () => {
  const { engine, requests, send } = made();
  requests.isOpen = false;
  const named = (name: string) => (error: unknown): boolean =>
    error instanceof ClientClosedError && (error as { command?: string }).command === name;
  await assert.rejects(send(['GET', 'k']), ClientClosedError);
  await assert.rejects(requests.submit(requests.encoding.begin(), { name: 'GET', parseCommand: () => undefined }, {}), named('GET'));
  await assert.rejects(requests.request('MONITOR', () => assert.fail()), named('MONITOR'));
  assert.throws(() => requests.submitChain([encodeWords(['PING'])], {}), named('PING'));
  assert.ok(requests.refusal(1) instanceof ClientClosedError);
  assert.deepEqual([engine.queued, counts(requests), engine.flushes], [[], [0, 0], 0]);
});

test('limits count what is outstanding; chains may wait for a connection', async () => {
  const limits = QueueLimits.of({ commandsQueueMaxLength: 2 });
  const { requests, send } = made({ limits });
  void send(['GET', 'k']).catch(() => undefined);
  assert.throws(() => requests.submitChain([encodeWords(['MULTI']), encodeWords(['EXEC'])], {}), /The queue is full/);
  void send(['GET', 'k']).catch(() => undefined);
  await assert.rejects(send(['GET', 'k']), /The queue is full/);
  assert.equal(requests.outstanding, 2);
  const offline = made({ limits: QueueLimits.of({ disableOfflineQueue: true }) }, 'connecting');
  await assert.rejects(offline.send(['GET', 'k']), ClientOfflineError);
  assert.equal(offline.requests.submitChain([encodeWords(['PING'])], {}).length, 1);
});

test('flags say what the engine has to know', () => {
  const { engine, requests, send } = made();
  void send(['GET', 'k'], { asap: true });
  void send(['SET', 'k'], { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }, true);
  void send(['subscribe', 'c'], { timeout: 9 });
  void requests.submitChain([encodeWords(['MULTI']), encodeWords(['BLPOP', 'k', '0']), encodeWords(['GET', 'k'])], { timeout: 5 });
  assert.deepEqual(engine.queued.map(({ flags, timeout }) => [flags, timeout]), [
    [FLAG_ASAP, 0], [FLAG_BYTES | FLAG_WRITE, 0], [FLAG_PUB_SUB, 9],
    [FLAG_CHAIN | FLAG_CHAINED, 5], [FLAG_CHAIN | FLAG_CHAINED | FLAG_BLOCKING, 0], [FLAG_CHAINED | FLAG_READ, 0],
  ]);
  assert.ok(engine.queued.every(({ link, slot }) => link === 7 && slot === NO_SLOT));
});

test('a link that routes is told the slots of keys and what commands do, however they come', () => {
  const { engine, requests, send } = made({ routing: { flagsOf } });
  void send(['GET', '{tag}k']);
  void send(['PING']);
  void requests.submitChain([encodeWords(['MULTI'])], {});
  assert.deepEqual(engine.queued.map(({ slot }) => slot), [hashSlot('tag'), NO_SLOT, NO_SLOT]);
  assert.equal((engine.queued[0]?.flags as number) & FLAG_READ, FLAG_READ);
});

test('a fired signal refuses a command and each command of a chain', async () => {
  const { engine, requests, send } = made();
  const abortSignal = AbortSignal.abort();
  await assert.rejects(send(['GET', 'k'], { abortSignal }), AbortError);
  const outcomes = await Promise.allSettled(requests.submitChain([encodeWords(['MULTI']), encodeWords(['EXEC'])], { abortSignal }));
  assert.deepEqual(outcomes.map((outcome) => (outcome as { reason?: { command?: string } }).reason?.command), ['MULTI', 'EXEC']);
  assert.deepEqual(engine.queued, []);
});

test('an abort takes an unwritten chain back as a whole, by its tickets', async () => {
  const { engine, requests } = made();
  const controller = new AbortController();
  const replies = requests.submitChain([encodeWords(['MULTI']), encodeWords(['EXEC'])], { abortSignal: controller.signal });
  assert.equal((engine.queued[0]?.flags as number) & FLAG_CANCELLABLE, FLAG_CANCELLABLE);
  controller.abort();
  assert.deepEqual(engine.takenBack, [[0, 1]]);
  for (const reply of replies) await assert.rejects(reply, AbortError);
  assert.deepEqual([counts(requests), engine.pending.size], [[0, 0], 0]);
});

test('what was written is outstanding until its reply is dropped, though its caller has been told', async () => {
  const { engine, requests, send } = made();
  engine.isUnwritten = false;
  const reply = send(['GET', 'k'], { deadline: 1 });
  await assert.rejects(reply, TimeoutError);
  assert.equal(requests.outstanding, 1);
  const pending = engine.pending.take(0);
  assert.ok(pending?.abandoned);
  pending?.owner.onDropped(pending);
  assert.deepEqual(counts(requests), [0, 0]);
});

test('what cannot be encoded is refused, and counts for nothing', async () => {
  const { engine, requests } = made();
  const encoder = requests.encoding.begin();
  encoder.push('SET', 1 as unknown as string);
  await assert.rejects(requests.submit(encoder, { name: 'SET', parseCommand: () => undefined }, {}), TypeError);
  assert.deepEqual([engine.queued, counts(requests)], [[], [0, 0]]);
});

test('a request of the engine that native code does not take rejects, once', async () => {
  const { requests } = made();
  const fault = new Error('inside');
  await assert.rejects(requests.request('RESET', () => {
    throw fault;
  }), fault);
  assert.deepEqual(counts(requests), [0, 0]);
});
