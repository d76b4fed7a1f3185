import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { NativeEngine } from '../../../lib/wire/addon';
import { AttemptAnswers } from '../../../lib/wire/attempt-answers';
import type { Credentials, LinkHandlers, LinkOptions, TlsOptions } from '../../../lib/wire/link-types';

const CERTIFICATE = Buffer.from('certificate');

/** What the engine was told, and the error of the attempt. */
async function told(options: Partial<LinkOptions>, ask: (answers: AttemptAnswers, options: LinkOptions) => void, credentials?: unknown) {
  const calls: unknown[][] = [];
  const native = {
    answerCredentials: (...args: unknown[]) => void calls.push(['credentials', ...args.slice(2)]),
    answerAddresses: (_link: number, _serial: number, addresses: string[]) => void calls.push(['addresses', ...addresses]),
    answerIdentity: () => void calls.push(['accepted']),
    failAttempt: () => void calls.push(['failed']),
  } as unknown as NativeEngine;
  const answers = new AttemptAnswers({ credentials: () => credentials as Credentials } as LinkHandlers, native);
  ask(answers, { host: 'h', ...options } as LinkOptions);
  await new Promise((resolve) => setImmediate(resolve));
  return { calls, error: answers.takeError() as (Error & { code?: string }) | undefined };
}

const identity = (check: (() => unknown) | undefined) =>
  told({ tls: { checkServerIdentity: check } as TlsOptions }, (answers, options) => answers.identity(1, 1, CERTIFICATE, options));
const addresses = (lookup: unknown) =>
  told({ lookup: lookup as LinkOptions['lookup'] }, (answers, options) => answers.addresses(1, 1, options));
const credentials = (given: unknown) => told({}, (answers) => answers.credentials(1, 1), given);

test('without a function that judges, nothing is accepted', async () => {
  for (const options of [{ tls: {} as TlsOptions }, {}]) {
    const { calls, error } = await told(options, (answers, given) => answers.identity(1, 1, CERTIFICATE, given));
    assert.deepEqual([calls, error?.code], [[['failed']], 'OXREDIS_UNANSWERED']);
  }
});

test('without a function that looks up, and without addresses, the attempt fails', async () => {
  const missing = await addresses(undefined);
  assert.deepEqual([missing.calls, missing.error?.code], [[['failed']], 'OXREDIS_UNANSWERED']);
  for (const nothing of [[], undefined, Promise.resolve([])]) {
    const { calls, error } = await addresses(() => nothing);
    assert.deepEqual([calls, error?.code, error?.message], [[['failed']], 'ENOTFOUND', 'socket.lookup gave no address for h']);
  }
});

test('a verdict is one of Node: what is falsy accepts', async () => {
  for (const verdict of [undefined, null, false, Promise.resolve(undefined)]) {
    assert.deepEqual((await identity(() => verdict)).calls, [['accepted']], String(verdict));
  }
  const foreign = runInNewContext('new Error("not this one")') as Error;
  for (const verdict of [foreign, Promise.resolve(foreign)]) assert.equal((await identity(() => verdict)).error, foreign);
  const thrown = await identity(() => {
    throw foreign;
  });
  assert.deepEqual([thrown.calls, thrown.error], [[['failed']], foreign]);
  const odd = await identity(() => true);
  assert.deepEqual([odd.calls, odd.error?.code], [[['failed']], 'ERR_TLS_CERT_ALTNAME_INVALID']);
});

const PAIR = { username: 'u', password: 'p' };
const PROMISES: [name: string, promise: unknown][] = [
  ['a promise', Promise.resolve(PAIR)],
  ['a promise of another realm', runInNewContext('Promise.resolve({ username: "u", password: "p" })')],
  ['a thenable', { then: (resolve: (pair: object) => void) => resolve(PAIR) }],
  ['a function with then', Object.assign(() => undefined, { then: (resolve: (pair: object) => void) => resolve(PAIR) })],
  ['bytes', { username: Buffer.from('u'), password: new Uint8Array([0x70]) }],
];

for (const [name, promise] of PROMISES) {
  test(`credentials may be ${name}`, async () => assert.deepEqual((await credentials(promise)).calls, [['credentials', 'u', 'p']]));
}

test('credentials that cannot be sent fail the attempt, and do not show', async () => {
  for (const password of [135_792_468, 135_792_468n, { secret: 135_792_468 }, Buffer.from([0xff, 0xfe])]) {
    const { calls, error } = await credentials({ password });
    assert.deepEqual([calls, error?.code], [[['failed']], 'OXREDIS_INVALID_CREDENTIALS']);
    assert.doesNotMatch(String(error), /135792468|255/);
  }
});

test('nothing as credentials is none', async () => {
  for (const none of [undefined, {}, { username: null, password: null }]) {
    assert.deepEqual((await credentials(none)).calls, [['credentials', undefined, undefined]]);
  }
});
