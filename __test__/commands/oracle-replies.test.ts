// Sends commands to a server in both protocols and compares what our transforms make of the replies with what npm redis' do,
// under several type mappings.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import { COMMAND_TABLE } from '../../lib/commands';
import type { TransformReply } from '../../lib/wire/command';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { RESP_TYPES, type TypeMapping } from '../../lib/wire/resp-types';
import { RawClient } from '../support/raw-client';
import { RespError, type RespArgument, type RespValue } from '../support/resp';
import { acceptedDifference, type MappingName } from '../oracle/accepted-differences';
import { startServer, type TestServer } from '../support/server';

interface OracleCommand {
  transformReply?: TransformReply | Record<2 | 3, TransformReply>;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a deep import of a package without types for it
const oracle = require('@redis/client/dist/lib/commands').default as Record<string, OracleCommand>;

const MAPPINGS: Partial<Record<MappingName, TypeMapping>> = {
  'no mapping': {},
  'maps as Map': { [RESP_TYPES.MAP]: Map },
  'maps as Array': { [RESP_TYPES.MAP]: Array },
  'blobs as Buffer': { [RESP_TYPES.BLOB_STRING]: Buffer },
  'doubles as String': { [RESP_TYPES.DOUBLE]: String },
};

/** What a decoder hands to a transform under a mapping. The codec of the tests gives maps as Map and blobs as strings. */
function decoded(value: RespValue, mapping: TypeMapping): unknown {
  if (typeof value === 'string') return mapping[RESP_TYPES.BLOB_STRING] === Buffer ? Buffer.from(value) : value;
  if (typeof value === 'number' && !Number.isInteger(value)) return mapping[RESP_TYPES.DOUBLE] === String ? String(value) : value;
  if (Array.isArray(value)) return value.map(item => decoded(item, mapping));
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, item]) => [String(key), decoded(item, mapping)] as const);
  if (mapping[RESP_TYPES.MAP] === Map) return new Map(entries);
  return mapping[RESP_TYPES.MAP] === Array ? entries.flat() : Object.fromEntries(entries);
}

/** A field that is undefined is as good as none. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([k, v]) => [k, withoutUndefined(v)]));
}

function transformOf(command: OracleCommand | undefined, resp: 2 | 3): TransformReply | undefined {
  const transform = command?.transformReply;
  return typeof transform === 'object' ? transform[resp] : transform;
}

type Outcome = { value: unknown } | { error: string };

function transformed(transform: TransformReply | undefined, reply: unknown, preserve: unknown, mapping: TypeMapping): Outcome {
  try {
    return { value: transform === undefined ? reply : transform(reply as never, preserve, mapping) };
  } catch (error) {
    return { error: (error as Error).name };
  }
}

/** Calls that leave data behind for the cases below. */
const DATA: RespArgument[][] = [
  ['MSET', 'text', 'ohmytext', 'other', 'mynewtext', 'n', '1'],
  ['HSET', 'hash', 'f', 'v', 'g', '2'],
  ['RPUSH', 'list', 'a', 'b', 'c', 'd', 'e'],
  ['SADD', 'set', 'x'],
  ['ZADD', 'zset', '1', 'a', '2.5', 'b', '-inf', 'low', '+inf', 'high'],
  ['ZADD', 'zset2', '3', 'b'],
  ['ZADD', 'zpop', '1', 'a', '2', 'b', '3.5', 'c', '4', 'd', '5', 'e', '6', 'f', '7', 'g', '8', 'h', '9', 'i', '10', 'j'],
  ['GEOADD', 'towns', '2.35', '48.85', 'paris', '13.4', '52.52', 'berlin'],
  ['XADD', 'stream', '1-0', 'f', 'v'],
  ['XADD', 'stream', '2-0', 'f', 'w', 'g', 'x'],
  ['XADD', 'stream', '3-0', 'f', 'y'],
  ['XGROUP', 'CREATE', 'stream', 'group', '0'],
  ['XGROUP', 'CREATE', 'stream', 'idle', '$'],
  ['XREADGROUP', 'GROUP', 'group', 'c0', 'COUNT', '2', 'STREAMS', 'stream', '>'],
  ['XADD', 'empty', '1-0', 'f', 'v'],
  ['XDEL', 'empty', '1-0'],
  ['FUNCTION', 'LOAD', 'REPLACE', '#!lua name=lib\nredis.register_function{function_name="f", callback=function() return 1 end, flags={"no-writes"}}'],
  ['SCRIPT', 'LOAD', 'return 1'],
  ['CONFIG', 'SET', 'latency-tracking', 'yes'],
  ['ACL', 'SETUSER', 'limited', 'on', '>pw', '~a:*', '&news', '+@read', '(+get ~b:*)'],
];

/** One call of every command whose reply is transformed by us or by npm redis, and of some that are not. */
const CASES: [method: string, ...args: unknown[]][] = [
  ['get', 'text'], ['get', 'missing'], ['mGet', ['text', 'missing']], ['set', 'text2', 'v', { condition: 'NX' }],
  ['lcsIdx', 'text', 'other'], ['lcsIdxWithMatchLen', 'text', 'other'], ['lcsLen', 'text', 'other'], ['incrByFloat', 'n', 0.5],
  ['scan', '0', { COUNT: 1000 }], ['randomKey'], ['type', 'hash'], ['ttl', 'missing'], ['objectEncoding', 'hash'],
  ['hGetAll', 'hash'], ['hGetAll', 'missing'], ['hScan', 'hash', '0'], ['hRandFieldCountWithValues', 'hash', 2],
  ['hRandFieldCountWithValues', 'missing', 2], ['hmGet', 'hash', ['f', 'missing']], ['hKeys', 'hash'],
  ['blPop', 'list', 1], ['blPop', 'missing', 0.01], ['brPop', ['missing', 'list'], 1], ['lmPop', ['missing', 'list'], 'LEFT'],
  ['lmPop', 'missing', 'LEFT'], ['lRange', 'list', 0, -1], ['lPopCount', 'missing', 2], ['lPosCount', 'list', 'd', 0],
  ['sMembers', 'set'], ['sScan', 'set', '0'], ['smIsMember', 'set', ['x', 'y']], ['sPopCount', 'missing', 1],
  ['zAdd', 'zset', { score: 1, value: 'a' }], ['zAddIncr', 'zset', { score: 1.5, value: 'b' }],
  ['zAddIncr', 'zset', { score: 1, value: 'b' }, { condition: 'NX' }], ['zScore', 'zset', 'b'], ['zScore', 'zset', 'low'],
  ['zScore', 'zset', 'high'], ['zScore', 'zset', 'missing'], ['zmScore', 'zset', ['a', 'missing', 'high']], ['zIncrBy', 'zset', 0.5, 'b'],
  ['zRank', 'zset', 'b'], ['zRange', 'zset', 0, -1], ['zRangeWithScores', 'zset', 0, -1], ['zRangeWithScores', 'missing', 0, -1],
  ['zRangeByScoreWithScores', 'zset', 0, 5], ['zDiffWithScores', ['zset', 'zset2']], ['zInterWithScores', ['zset', 'zset2']],
  ['zUnionWithScores', ['zset', 'zset2']], ['zRandMemberCountWithScores', 'zset2', 1], ['zScan', 'zset', '0'],
  ['zPopMin', 'zpop'], ['zPopMin', 'missing'], ['zPopMax', 'zpop'], ['zPopMax', 'missing'], ['zPopMinCount', 'zpop', 2],
  ['zPopMaxCount', 'zpop', 1], ['zPopMaxCount', 'missing', 1], ['bzPopMin', 'zset2', 1], ['bzPopMax', 'missing', 0.01],
  ['bzmPop', 0.01, 'missing', 'MIN'], ['zmPop', ['missing', 'zpop'], 'MAX', { COUNT: 2 }], ['zmPop', 'missing', 'MIN'],
  ['geoDist', 'towns', 'paris', 'berlin', 'km'], ['geoDist', 'towns', 'paris', 'missing'], ['geoPos', 'towns', ['paris', 'missing']],
  ['geoHash', 'towns', ['paris', 'missing']],
  ['geoSearchWith', 'towns', 'paris', { radius: 2000, unit: 'km' }, ['WITHDIST', 'WITHHASH', 'WITHCOORD']],
  ['geoSearchWith', 'towns', 'paris', { radius: 2000, unit: 'km' }, ['WITHCOORD']],
  ['geoRadiusWith', 'towns', { longitude: 2, latitude: 48 }, 2000, 'km', ['WITHDIST', 'WITHHASH']],
  ['geoRadiusByMemberWith', 'towns', 'paris', 2000, 'km', ['WITHDIST']],
  ['geoRadiusRoWith', 'towns', { longitude: 2, latitude: 48 }, 2000, 'km', ['WITHCOORD']],
  ['geoRadiusByMemberRoWith', 'towns', 'paris', 2000, 'km', ['WITHHASH']],
  ['xRange', 'stream', '-', '+'], ['xRange', 'missing', '-', '+'], ['xRevRange', 'stream', '+', '-', { COUNT: 1 }],
  ['xRead', { key: 'stream', id: '0' }], ['xRead', [{ key: 'stream', id: '0' }, { key: 'empty', id: '0' }], { COUNT: 1 }],
  ['xRead', { key: 'missing', id: '0' }], ['xReadGroup', 'group', 'c1', { key: 'stream', id: '>' }],
  ['xReadGroup', 'group', 'c0', { key: 'stream', id: '0' }], ['xReadGroup', 'group', 'c9', { key: 'empty-stream', id: '>' }],
  ['xPending', 'stream', 'group'], ['xPending', 'stream', 'idle'], ['xPendingRange', 'stream', 'group', '-', '+', 10],
  ['xClaim', 'stream', 'group', 'c1', 0, '1-0'], ['xClaimJustId', 'stream', 'group', 'c1', 0, '1-0'],
  ['xAutoClaim', 'stream', 'group', 'c1', 0, '0-0'], ['xAutoClaimJustId', 'stream', 'group', 'c1', 0, '0-0'],
  ['xInfoStream', 'stream'], ['xInfoStream', 'empty'], ['xInfoGroups', 'stream'], ['xInfoConsumers', 'stream', 'group'],
  ['pubSubNumSub', ['news', 'x']], ['pubSubShardNumSub', ['news']], ['pubSubChannels'],
  ['functionList'], ['functionListWithCode'], ['functionStats'], ['scriptExists', ['a', 'b']], ['eval', 'return {1, "a", false}'],
  ['hello'], ['clientInfo'], ['clientList'], ['clientTrackingInfo'], ['clientGetName'], ['role'], ['moduleList'], ['memoryStats'],
  ['memoryUsage', 'missing'], ['configGet', 'maxmemory*'], ['latencyHistogram', 'set'], ['latencyLatest'], ['time'], ['info', 'server'],
  ['aclGetUser', 'default'], ['aclGetUser', 'limited'], ['aclGetUser', 'nobody'], ['aclLog'], ['aclList'], ['aclDryRun', 'limited', ['get', 'a']],
  ['command'], ['commandInfo', ['get', 'xread', 'zunion', 'sort', 'config', 'nosuch']], ['commandDocs', ['get', 'config', 'set']],
  ['commandGetKeysAndFlags', ['copy', 'a', 'b']],
  ['bitField', 'bits', [{ operation: 'GET', encoding: 'u8', offset: 0 }]], ['ping'], ['ping', 'x'],
];

const HOTKEYS = [
  'tracking-active', 1, 'sample-ratio', 2, 'selected-slots', [[0, 5], [7]], 'all-commands-all-slots-us', 5, 'total-net-bytes', 13,
  'by-cpu-time-us', ['k', 5, 'j', '6'], 'by-net-bytes', ['z', 1], 'unheard-of', 1,
];

/** Replies of servers newer than the oldest one that the tests run on. */
const RECORDED: [method: string, resp: 2 | 3, reply: RespValue][] = [
  ['zRankWithScore', 2, [1, '2.5']], ['zRankWithScore', 3, [1, 2.5]], ['zRankWithScore', 3, null],
  ['zRevRankWithScore', 2, [0, 'inf']], ['zRevRankWithScore', 2, null], ['zRevRankWithScore', 3, [0, Infinity]],
  ['aclLog', 2, [[
    'count', 1, 'reason', 'auth', 'context', 'toplevel', 'object', 'AUTH', 'username', 'zoe', 'age-seconds', '4.096', 'client-info', 'id=1',
    'entry-id', 0, 'timestamp-created', 1, 'timestamp-last-updated', 2,
  ]]],
  ['clusterSlots', 2, [[0, 5460, ['127.0.0.1', 30001, 'id1', []], ['127.0.0.1', 30004, 'id4', []]], [5461, 10922, ['h', 1, 'id2']]]],
  ['clusterSlots', 3, [[0, 5460, ['127.0.0.1', 30001, 'id1', new Map()]]]],
  ['clusterLinks', 2, [['direction', 'to', 'node', 'id', 'create-time', 1, 'events', 'rw', 'send-buffer-allocated', 0, 'send-buffer-used', 0]]],
  ['clusterLinks', 3, [new Map<RespValue, RespValue>([['direction', 'to'], ['node', 'id']])]],
  ['arGrepWithValues', 2, [[1, 'a'], [2, 'b']]], ['arScan', 3, [[1, 'a']]],
  ['arInfo', 2, ['count', 1, 'density', '0.5']], ['arInfo', 3, new Map<RespValue, RespValue>([['count', 1], ['density', 0.5]])],
  ['incrExByFloat', 2, ['1.5', '0.5']], ['incrExByFloat', 3, [1.5, 0.5]], ['blessScan', 2, ['0', ['a']]], ['blessScan', 3, ['0', ['a']]],
  ['vAdd', 2, 1], ['vAdd', 3, true], ['vRem', 2, 0], ['vSetAttr', 3, false], ['vEmb', 2, ['0.1', '-2.5']], ['vEmb', 3, [0.1, -2.5]],
  ['vEmbRaw', 2, ['int8', 'raw', '1.5', '0.25']], ['vEmbRaw', 2, ['f32', 'raw', '1.5']], ['vEmbRaw', 3, ['int8', 'raw', 1.5, 0.25]],
  ['vGetAttr', 2, '{"kind":"a"}'], ['vGetAttr', 3, null], ['vInfo', 2, ['quant-type', 'int8', 'vector-dim', 3]],
  ['vLinksWithScores', 2, [['a', '1', 'b', '0.5'], []]], ['vSimWithScores', 2, ['a', '1', 'b', '0.5']],
  ['vSimWithScores', 3, new Map<RespValue, RespValue>([['a', 1], ['b', 0.5]])],
  ['hotkeysGet', 2, null], ['hotkeysGet', 2, [HOTKEYS]],
  ['hotkeysGet', 3, [new Map<RespValue, RespValue>([['tracking-active', 1], ['selected-slots', [[0, 5], [7]]], ['by-net-bytes', ['k', 5]]])]],
  ['hScanNoValues', 2, ['0', ['f', 'g']]], ['hScanNoValues', 3, ['0', []]],
];

function compare(method: string, resp: 2 | 3, raw: RespValue, preserve?: unknown): void {
  for (const [name, mapping] of Object.entries(MAPPINGS)) {
    // Transforms may change the reply in place: each gets its own.
    const ours = transformed(transformOf(COMMAND_TABLE[method] as OracleCommand, resp), decoded(raw, mapping), preserve, mapping);
    const theirs = transformed(transformOf(oracle[method], resp), decoded(raw, mapping), preserve, mapping);
    if (isDeepStrictEqual(withoutUndefined(ours), withoutUndefined(theirs))) continue;
    // That the accepted differences exist is shown where real servers answer (__test__/oracle/replies-*.test.ts).
    if (acceptedDifference(method, resp, name as MappingName, { theirs: inspect(theirs) }) !== undefined) continue;
    assert.deepEqual(withoutUndefined(ours), withoutUndefined(theirs), `${method} RESP${resp} ${name}`);
  }
}

describe('replies become what npm redis makes of them', () => {
  let server: TestServer;
  const connections = {} as Record<2 | 3, RawClient>;

  before(async () => {
    server = await startServer();
    for (const resp of [2, 3] as const) {
      connections[resp] = await RawClient.connect({ port: server.port });
      await connections[resp].call('HELLO', resp);
    }
  });
  after(async () => {
    for (const connection of Object.values(connections)) connection.close();
    await server.stop();
  });

  async function replyOf(resp: 2 | 3, method: string, args: unknown[]): Promise<{ raw: RespValue; preserve: unknown }> {
    await connections[resp].call('FLUSHALL');
    for (const call of DATA) await connections[resp].call(...call);
    const parser = new BasicCommandParser();
    COMMAND_TABLE[method].parseCommand(parser, ...args);
    const raw = await connections[resp].call(...(parser.redisArgs)).catch((error: RespError) => error);
    return { raw, preserve: parser.preserve };
  }

  for (const resp of [2, 3] as const) {
    for (const [method, ...args] of CASES) {
      test(`${method}(${JSON.stringify(args).slice(1, -1)}) in RESP${resp}`, async () => {
        const { raw, preserve } = await replyOf(resp, method, args);
        if (raw instanceof RespError) return assert.match(raw.message, /^NOGROUP/, raw.message);
        compare(method, resp, raw, preserve);
      });
    }
  }

  for (const [method, resp, raw] of RECORDED) {
    test(`${method} in RESP${resp}: ${JSON.stringify(raw)}`, () => compare(method, resp, raw));
  }

  test('every transform is covered', () => {
    const covered = new Set([...CASES, ...RECORDED].map(([method]) => method));
    const missing = Object.entries(COMMAND_TABLE).filter(([method, command]) =>
      !covered.has(method) && command.transformReply !== undefined);
    assert.deepEqual(missing.map(([method]) => method), []);
  });
});
