/** Arguments that have no effect are told of, once for each kind of mistake. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attachCommands, methodMaker } from '../../lib/commands/attach';
import { COMMAND_TABLE } from '../../lib/commands';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { createClient } from '../../lib';

/** Methods that only give the words of their command. */
class Words {}
attachCommands(Words.prototype, COMMAND_TABLE, methodMaker<Words>({
  begin: () => new BasicCommandParser(),
  submit: (_target, parser) => parser.redisArgs,
  refuse: (_target, error) => {
    throw error;
  },
}));

type Methods = Record<string, (...args: unknown[]) => string[]>;
const words = new Words() as Methods;

async function warnings(run: () => unknown): Promise<string[]> {
  const told: string[] = [];
  const hear = (warning: Error & { code?: string }): void => void (warning.code === 'OXREDIS_IGNORED_ARGUMENT' && told.push(warning.message));
  process.on('warning', hear);
  try {
    run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', hear);
  }
  return told;
}

const noop = (): void => undefined;

const IGNORED: [method: string, args: unknown[], message: RegExp][] = [
  ['set', ['k', 'v', 'EX', 10], /^set\(\) takes 3 arguments; .*: options are one object, such as \{ EX: … \}$/],
  ['set', ['k', 'v', { ex: 10 }], /^set\(\) got an option ex, which has no effect: did you mean EX\?$/],
  ['set', ['k', 'v', { EX: 10, nx: true }], /^set\(\) got an option nx, .*: did you mean NX\?$/],
  ['set', ['k', 'v', { expires: 10 }], /^set\(\) got an option expires, which has no effect/],
  ['set', ['k', 'v', 'XX'], /^set\(\) got an argument 3 of type string, .*such as \{ XX: … \}$/],
  ['getEx', ['k', { ex: 10 }], /^getEx\(\) got an option ex, /],
  ['setEx', ['k', 10, 'v', { NX: true }], /^setEx\(\) takes 3 arguments/],
  ['get', ['k', noop], /^get\(\) takes one argument; .*client\.legacy\(\)/],
  ['del', ['a', 'b'], /^del\(\) takes one argument; .*several values are one array$/],
  ['sAdd', ['s', 'a', 'b'], /^sAdd\(\) takes 2 arguments/],
  ['hSet', ['h', 'f', 'v', 'g', 'w'], /^hSet\(\) takes 3 arguments/],
  ['incr', ['n', 2], /^incr\(\) takes one argument/],
  ['lPos', ['l', 'e', { rank: 1 }], /^lPos\(\) got an option rank, .*RANK/],
  ['scan', ['0', { match: 'a*', COUNT: 10 }], /^scan\(\) got an option match, .*MATCH/],
  ['zRange', ['z', 0, -1, 'WITHSCORES'], /^zRange\(\) got an argument 4 .*\{ WITHSCORES: … \}/],
  ['xRead', [{ key: 'a', id: '0' }, { block: 5 }], /^xRead\(\) got an option block, .*BLOCK/],
  ['restore', ['k', 0, Buffer.from('a'), { replace: true }], /^restore\(\) got an option replace, /],
  ['sort', ['k', { by: 'x' }], /^sort\(\) got an option by, /],
];

for (const [method, args, message] of IGNORED) {
  test(`${method}(${args.map((arg) => JSON.stringify(arg) ?? 'function').join(', ')})`, async () => {
    const told = await warnings(() => words[method]?.(...args));
    assert.equal(told.length, 1);
    assert.match(told[0] as string, message);
    assert.deepEqual(await warnings(() => words[method]?.(...args)), [], 'once');
  });
}

const HEARD: [method: string, args: unknown[]][] = [
  ['set', ['k', 'v']], ['set', ['k', 'v', { EX: 1, NX: true, GET: true }]], ['set', ['k', 'v', { EX: 1, PXAT: 2, KEEPTTL: true }]],
  ['set', ['k', 'v', undefined]], ['set', ['k', 'v', {}]], ['set', ['k', 'v', { ex: undefined }]], ['set', ['k', 'v', null]],
  ['get', ['k', undefined]], ['hSet', ['h', { ex: 1, nx: 2 }]], ['hSet', ['h', new Map([['ex', '1']])]], ['hSet', ['h', 'f', 'v']],
  ['mSet', [{ nx: '1' }]], ['xAdd', ['x', '*', { nx: '1' }]], ['zAdd', ['z', { score: 1, value: 'a' }]],
  ['zAdd', ['z', [{ score: 1, value: 'a' }], { condition: 'NX' }]], ['expire', ['k', 10, 'nx']], ['del', [['a', 'b']]], ['ping', []],
  ['ping', ['text']], ['eval', ['script', { keys: ['k'], arguments: ['a'] }]], ['info', ['all']], ['lRange', ['l', 0, -1]],
  ['geoAdd', ['g', { longitude: 1, latitude: 2, member: 'm' }]],
];

for (const [method, args] of HEARD) {
  test(`${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')}) is not told of`, async () => {
    assert.deepEqual(await warnings(() => words[method]?.(...args)), []);
  });
}

test('values never show', async () => {
  const told = await warnings(() => {
    words.pSetEx?.('k', 1, 'v', 'hunter-two');
    words.append?.('k', 'v', { password: 'hunter-two' });
    words.lPush?.('hunter-two', 'hunter-two', 'hunter-two');
  });
  assert.equal(told.length, 3);
  assert.doesNotMatch(told.join(), /hunter/);
});

test('data is read once more at most, and only by the first calls', () => {
  let reads = 0;
  const options = { get EX() {
    reads++;
    return 10;
  } };
  const once = words.set?.('k', 'v', options);
  const perCall = reads;
  for (let call = 0; call < 100; call++) words.set?.('k', 'v', options);
  const before = reads;
  assert.deepEqual(words.set?.('k', 'v', options), once);
  assert.ok(reads - before < perCall);
});

test('methods of modules are named with their namespace', async () => {
  const told = await warnings(() => {
    (createClient().json.del as (...keys: unknown[]) => Promise<unknown>).call(createClient().json, 'a', 'b', 'c').catch(noop);
  });
  assert.match(told[0] ?? '', /^json\.del\(\) takes 2 arguments/);
});
