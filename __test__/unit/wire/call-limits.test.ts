/** The limits of calls that take several attempts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortError, ErrorReply, SimpleError, TimeoutError } from '../../../lib';
import { CallLimits } from '../../../lib/wire/call-limits';

type Failure = Error & { cause?: unknown; phase?: string };

const refusal = new SimpleError('TRYAGAIN Multiple keys request during rehashing of slot');

/** Pauses until that fails. */
async function untilLimit(limits: CallLimits): Promise<Failure> {
  for (;;) {
    limits.next();
    try {
      await limits.pause(refusal);
    } catch (error) {
      return error as Failure;
    }
  }
}

test('without limits, options are those that were given', async () => {
  const options = { typeMapping: {} };
  const limits = new CallLimits('GET', options);
  assert.equal(limits.next(), options);
  await limits.pause(refusal);
  assert.equal(limits.next(), options);
  assert.ok(limits.isLeft);
});

test('the deadline is one for all attempts', async () => {
  const since = performance.now();
  const limits = new CallLimits('GET', { deadline: 150 });
  assert.deepEqual(limits.next(), { deadline: 150 });
  await limits.pause(refusal);
  const { deadline, ...rest } = limits.next() as { deadline: number };
  assert.ok(deadline >= 1 && deadline <= 131, `${deadline} ms are left`);
  assert.deepEqual(rest, { wholeDeadline: 150 });
  const error = await untilLimit(limits);
  assert.ok(performance.now() - since >= 149);
  assert.ok(error instanceof TimeoutError);
  assert.match(error.message, /^The command was not answered within its deadline of 150ms: GET waited to be written, as \d attempts had failed \(last error: TRYAGAIN /);
  assert.ok(error.cause instanceof ErrorReply);
  assert.equal(error.phase, 'queued');
});

test('a deadline that has passed leaves no pause', async () => {
  const limits = new CallLimits('GET', { deadline: 1 });
  limits.next();
  const error = await untilLimit(limits);
  assert.ok(error instanceof TimeoutError);
  // A last attempt would still have a deadline: 0 would mean none.
  assert.equal(limits.next().deadline, 1);
  await assert.rejects(limits.pause(refusal), TimeoutError);
});

test('a signal ends a pause at once', async () => {
  const controller = new AbortController();
  const limits = new CallLimits('GET', { abortSignal: controller.signal, timeout: 60_000 });
  for (let i = 0; i < 3; i++) {
    limits.next();
    await limits.pause(refusal);
  }
  const since = performance.now();
  const pause = limits.pause(refusal);
  controller.abort(new Error('mine'));
  let error: unknown;
  pause.catch((reason: unknown) => {
    error = reason;
  });
  await Promise.resolve();
  await Promise.resolve();
  assert.ok(error instanceof AbortError, 'it goes on');
  assert.ok(performance.now() - since < 100);
  assert.match((error as Error).message, /as 3 attempts had failed \(last error: TRYAGAIN /);
  assert.equal((error as Error & { cause: Error }).cause.message, 'mine');
  await assert.rejects(limits.pause(refusal), AbortError, 'a signal that has fired before');
});

test('the timeout bounds the time in which there are attempts', async () => {
  const limits = new CallLimits('GET', { timeout: 100 });
  while (limits.isLeft) await limits.pause(refusal);
  // 20 and 40 ms fit, 80 more do not.
  assert.ok(!limits.isLeft);
});
