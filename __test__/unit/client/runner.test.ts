// A runner between a client, its link and its cache.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CachedExecution } from '../../../lib/client/cache/cached-execution';
import { ConnectionState, type StateOwner } from '../../../lib/client/connection/connection-state';
import { encodeWords } from '../../../lib/client/encoding/encoded-command';
import { Runner } from '../../../lib/client/run/runner';
import { COMMAND_TABLE } from '../../../lib/commands';
import { ClientClosedError } from '../../../lib/errors';
import type { Command } from '../../../lib/wire/command';
import type { LinkHandlers, LinkOptions } from '../../../lib/wire/link-types';
import { ScriptedLink } from './scripted-link';

const OPEN = { resp: 3, database: 0 } as LinkOptions;

function scripted(): ScriptedLink {
  const silent = new Proxy({}, { get: () => () => undefined }) as LinkHandlers;
  const link = new ScriptedLink(silent);
  link.open(OPEN);
  return link;
}

/** Only what a test gives is used. */
function made(cache?: Partial<CachedExecution>, owner: Partial<StateOwner> = {}) {
  const link = scripted();
  const runner: Runner = new Runner({
    client: { isOpen: true, isReady: true, socketEpoch: 0 },
    commandOptions: {},
    cache: cache as CachedExecution | undefined,
    state: new ConnectionState({ link: () => runner.link, tracks: () => false, ...owner } as StateOwner),
    link,
  });
  return { runner, link };
}

const get = (runner: Runner, key: string): Promise<unknown> => {
  const encoder = runner.begin('p:');
  encoder.push('GET');
  encoder.pushKey(key);
  return runner.run(encoder, COMMAND_TABLE.get as Command, {});
};

test('commands go over the link, with the prefix of keys', async () => {
  const { runner, link } = made();
  link.answer = () => 'v';
  assert.equal(await get(runner, 'k'), 'v');
  assert.equal(await runner.runWords(['GET', 'k'], undefined, {}), 'v');
  assert.equal(await runner.runEncoded(encodeWords(['GET', 'e']), {}), 'v');
  assert.deepEqual(await Promise.all(runner.runChain([encodeWords(['GET', '1']), encodeWords(['GET', '2'])], {})), ['v', 'v']);
  assert.deepEqual(link.wire, ['GET p:k', 'GET k', 'GET e', 'GET 1', 'GET 2']);
});

test('the cache answers what it can, and the link the rest', async () => {
  const replies = ['cached', undefined];
  const { runner, link } = made({ run: () => (replies.length > 1 ? Promise.resolve(replies.shift()) : undefined) });
  link.answer = () => 'sent';
  assert.deepEqual([await get(runner, 'a'), await get(runner, 'b')], ['cached', 'sent']);
  assert.deepEqual(link.wire, ['GET p:b']);
});

test('the cache is told which SELECT is the client\'s own', async () => {
  const heard: unknown[] = [];
  const { runner, link } = made({
    sendWords: (through, encoder, words, command, options, isSelecting) => {
      heard.push([words[0], isSelecting]);
      return through.requests.submit(encoder, command, options);
    },
    sentChain: (_runner, commands, _replies, isSelecting) => void heard.push([commands.length, isSelecting]),
  }, { selected: (database) => void heard.push(database) });
  link.answer = () => 'OK';
  await runner.runWords(['SELECT', '1'], undefined, {});
  await runner.runWords(['SELECT', '2'], undefined, {}, true);
  await Promise.all(runner.runChain([encodeWords(['PING'])], {}));
  await Promise.all(runner.runChain([encodeWords(['PING'])], {}, true));
  assert.deepEqual(heard, [['SELECT', false], 1, ['SELECT', true], 2, [1, false], [1, true]]);
});

test('what a command changes on the connection is noted when the server agrees', async () => {
  const noted: string[] = [];
  const { runner, link } = made(undefined, { authenticated: ({ username }) => void noted.push(username as string) });
  const encoder = runner.begin();
  encoder.push('AUTH', 'u', 'p');
  const reply = runner.runChange(encoder, COMMAND_TABLE.auth as Command, {});
  assert.deepEqual(noted, []);
  link.sent[0]?.reply('OK');
  await reply;
  assert.deepEqual(noted, ['u']);
});

test('another link takes over: epochs add up, and whoever waits for the end of all commands hears of both', async () => {
  const { runner, link } = made();
  let drained = 0;
  runner.onDrained(() => drained++);
  link.answer = () => 'v';
  link.becomeReady();
  await get(runner, 'a');
  assert.deepEqual([runner.epoch, drained], [1, 1]);
  const next = scripted();
  runner.use(next);
  next.answer = () => 'w';
  next.becomeReady();
  assert.equal(await get(runner, 'b'), 'w');
  assert.deepEqual([runner.epoch, drained, link.wire, next.wire], [2, 2, ['GET p:a'], ['GET p:b']]);
});

test('a closed link refuses: single commands reject, chains throw', async () => {
  const { runner, link } = made();
  link.close();
  await assert.rejects(get(runner, 'k'), ClientClosedError);
  await assert.rejects(runner.runWords(['GET', 'k'], undefined, {}), ClientClosedError);
  assert.throws(() => runner.runEncoded(encodeWords(['PING']), {}), ClientClosedError);
  assert.throws(() => runner.runChain([encodeWords(['PING'])], {}), ClientClosedError);
  await assert.rejects(runner.runWords([] as string[], undefined, {}), TypeError);
});
