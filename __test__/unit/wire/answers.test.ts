import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { NativeAnswer, NativeEngine } from '../../../lib/wire/addon';
import { Answers } from '../../../lib/wire/answers';
import { QuestionKind } from '../../../lib/wire/boundary.generated';
import type { Credentials, Endpoint, LinkHandlers, LinkOptions, TlsOptions } from '../../../lib/wire/link-types';

const CERTIFICATE = Buffer.from('certificate');
const ASKING = { link: 1, serial: 7 };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers, and what the engine is told. */
function scene(handlers: Partial<LinkHandlers> = {}): { answers: Answers; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const native = {
    answer: (link: number, serial: number, { question, ...fields }: NativeAnswer) => {
      assert.deepEqual({ link, serial }, ASKING);
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      calls.push([question, Object.fromEntries(given)]);
    },
    setCredentials: (...args: unknown[]) => void calls.push(['set', ...args]),
    askCredentials: (...args: unknown[]) => void calls.push(['ask', ...args]),
  } as unknown as NativeEngine;
  return { answers: new Answers(handlers as LinkHandlers, native), calls };
}

/** What the engine was told, and the error of the attempt. */
async function told(question: QuestionKind, options: Partial<LinkOptions>, credentials?: unknown) {
  const { answers, calls } = scene({ credentials: () => credentials as Credentials });
  answers.ask(question, ASKING, question === QuestionKind.Identity ? CERTIFICATE.toString('base64') : '', { host: 'h', ...options } as LinkOptions);
  await settled();
  return { calls: calls.map(([kind, fields]) => (kind === question ? fields : kind)), error: answers.takeError() as (Error & { code?: string }) | undefined };
}

const FAILED = [{ failed: true }];
const identity = (check: (() => unknown) | undefined) => told(QuestionKind.Identity, { tls: { checkServerIdentity: check } as TlsOptions });
const addresses = (lookup: unknown) => told(QuestionKind.Lookup, { lookup: lookup as LinkOptions['lookup'] });
const endpoint = (answer: unknown, options: Partial<LinkOptions> = {}) => told(QuestionKind.Endpoint, { endpoint: () => answer as Endpoint, ...options });
const credentials = (given: unknown) => told(QuestionKind.Credentials, {}, given);

test('without a function that judges, nothing is accepted', async () => {
  for (const options of [{ tls: {} as TlsOptions }, {}]) {
    const { calls, error } = await told(QuestionKind.Identity, options);
    assert.deepEqual([calls, error?.code], [FAILED, 'OXREDIS_UNANSWERED']);
  }
});

test('without a function that looks up, and without addresses, the attempt fails', async () => {
  const missing = await addresses(undefined);
  assert.deepEqual([missing.calls, missing.error?.code], [FAILED, 'OXREDIS_UNANSWERED']);
  for (const nothing of [[], undefined, Promise.resolve([])]) {
    const { calls, error } = await addresses(() => nothing);
    assert.deepEqual([calls, error?.code, error?.message], [FAILED, 'ENOTFOUND', 'socket.lookup gave no address for h']);
  }
});

test('a verdict is one of Node: what is falsy accepts', async () => {
  for (const verdict of [undefined, null, false, Promise.resolve(undefined)]) {
    assert.deepEqual((await identity(() => verdict)).calls, [{}], String(verdict));
  }
  const foreign = runInNewContext('new Error("not this one")') as Error;
  for (const verdict of [foreign, Promise.resolve(foreign)]) assert.equal((await identity(() => verdict)).error, foreign);
  const thrown = await identity(() => {
    throw foreign;
  });
  assert.deepEqual([thrown.calls, thrown.error], [FAILED, foreign]);
  const odd = await identity(() => true);
  assert.deepEqual([odd.calls, odd.error?.code], [FAILED, 'ERR_TLS_CERT_ALTNAME_INVALID']);
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
  test(`credentials may be ${name}`, async () => assert.deepEqual((await credentials(promise)).calls, [PAIR]));
}

test('credentials that cannot be sent fail the attempt, and do not show', async () => {
  for (const password of [135_792_468, 135_792_468n, { secret: 135_792_468 }, Buffer.from([0xff, 0xfe])]) {
    const { calls, error } = await credentials({ password });
    assert.deepEqual([calls, error?.code], [FAILED, 'OXREDIS_INVALID_CREDENTIALS']);
    assert.doesNotMatch(String(error), /135792468|255/);
  }
});

test('credentials without user and password are none, and no credentials fail the attempt', async () => {
  for (const none of [{}, { username: null, password: null }]) assert.deepEqual((await credentials(none)).calls, [{}]);
  for (const missing of [undefined, null, Promise.resolve(undefined)]) {
    const { calls, error } = await credentials(missing);
    assert.deepEqual([calls, error?.code], [FAILED, 'OXREDIS_INVALID_CREDENTIALS']);
  }
});

test('addresses are those that the function gave', async () => {
  const { calls } = await addresses(async (host: string) => [{ address: host === 'h' ? '127.0.0.1' : 'another host', family: 4 }]);
  assert.deepEqual(calls, [{ addresses: ['127.0.0.1'] }]);
});

test('an endpoint is a path, or a host and a port, and the name for TLS', async () => {
  const tls = { servername: 'settings' } as TlsOptions;
  assert.deepEqual((await endpoint({ host: 'a', port: 1, more: 2 })).calls, [{ host: 'a', port: 1 }]);
  assert.deepEqual((await endpoint(Promise.resolve({ host: 'a', port: 1 }), { tls })).calls, [{ host: 'a', port: 1, servername: 'settings' }]);
  assert.deepEqual((await endpoint({ host: 'a', servername: 's' }, { tls })).calls, [{ host: 'a', servername: 's' }]);
  assert.deepEqual((await endpoint({ path: '/s', host: 'a' })).calls, [{ path: '/s' }]);
  for (const nothing of [undefined, null, {}]) {
    const { calls, error } = await endpoint(nothing);
    assert.deepEqual([calls, error?.code], [FAILED, 'OXREDIS_UNANSWERED']);
  }
  assert.equal((await told(QuestionKind.Endpoint, {})).error?.code, 'OXREDIS_UNANSWERED');
});

test('what follows an endpoint is about its host', async () => {
  const { answers } = scene();
  const seen: unknown[] = [];
  const options = {
    host: 'settings',
    endpoint: () => ({ host: 'a', port: 1 }),
    lookup: async (host: string) => void seen.push(host),
    tls: { checkServerIdentity: (host: string) => void seen.push(host) },
  } as unknown as LinkOptions;
  for (const question of [QuestionKind.Endpoint, QuestionKind.Lookup, QuestionKind.Identity]) answers.ask(question, ASKING, '', options);
  await settled();
  assert.deepEqual(seen, ['a', 'a']);
});

test('a retry answers for what was lost', () => {
  const { answers, calls } = scene();
  answers.undecided = ASKING.serial;
  answers.retry(ASKING.link, 20);
  assert.deepEqual(calls, [[QuestionKind.Retry, { delay: 20 }]]);
});

test('credentials that are known are told once, and again when they are others', () => {
  let known: Credentials | undefined = { username: 'u', password: 'p' };
  const { answers, calls } = scene({ knownCredentials: () => known });
  assert.deepEqual(answers.knownCredentials(), { username: 'u', password: 'p' });
  answers.tellCredentials(1);
  assert.deepEqual(calls, []);
  known = { password: Buffer.from('other') as unknown as string };
  answers.tellCredentials(1);
  answers.tellCredentials(1);
  // A provider has to be asked, or the engine is to find out that they cannot be sent.
  known = undefined;
  answers.tellCredentials(1);
  known = { password: 1 as unknown as string };
  answers.tellCredentials(1);
  known = {};
  answers.tellCredentials(1);
  answers.setCredentials(1, { password: 'reset' });
  assert.deepEqual(calls, [
    ['set', 1, undefined, 'other'], ['ask', 1], ['set', 1, undefined, undefined], ['set', 1, undefined, 'reset'],
  ]);
});
