// An application that uses 100 different commands. `bench/types.mjs` type-checks it with npm redis and with oxredis.
import { createClient } from 'client';

const client = await createClient({ url: 'redis://localhost:6379' }).on('error', console.error).connect();

export const strings = [
  await client.get('k'), await client.set('k', 'v', { EX: 10 }), await client.append('k', 'v'), await client.decr('k'),
  await client.decrBy('k', 2), await client.incr('k'), await client.incrBy('k', 2), await client.incrByFloat('k', 1.5),
  await client.getDel('k'), await client.getEx('k', { type: 'EX', value: 5 }), await client.getRange('k', 0, 3),
  await client.getSet('k', 'v'), await client.mGet(['a', 'b']), await client.mSet({ a: '1' }), await client.mSetNX({ a: '1' }),
  await client.setEx('k', 10, 'v'), await client.setNX('k', 'v'), await client.setRange('k', 1, 'v'), await client.strLen('k'),
];

export const keys = [
  await client.del('k'), await client.unlink(['a', 'b']), await client.exists('k'), await client.expire('k', 10),
  await client.expireAt('k', new Date()), await client.expireTime('k'), await client.pExpire('k', 10), await client.persist('k'),
  await client.ttl('k'), await client.pTTL('k'), await client.type('k'), await client.rename('a', 'b'),
  await client.renameNX('a', 'b'), await client.copy('a', 'b'), await client.touch('k'), await client.keys('*'),
  await client.randomKey(), await client.scan('0', { COUNT: 10 }), await client.objectEncoding('k'), await client.dump('k'),
];

export const hashes = [
  await client.hSet('h', { a: '1' }), await client.hGet('h', 'a'), await client.hGetAll('h'), await client.hDel('h', 'a'),
  await client.hExists('h', 'a'), await client.hIncrBy('h', 'a', 1), await client.hIncrByFloat('h', 'a', 1.5),
  await client.hKeys('h'), await client.hLen('h'), await client.hmGet('h', ['a', 'b']), await client.hRandField('h'),
  await client.hScan('h', '0'), await client.hSetNX('h', 'a', '1'), await client.hStrLen('h', 'a'), await client.hVals('h'),
];

export const lists = [
  await client.lPush('l', 'a'), await client.rPush('l', ['a', 'b']), await client.lPop('l'), await client.rPop('l'),
  await client.lLen('l'), await client.lRange('l', 0, -1), await client.lIndex('l', 0), await client.lInsert('l', 'BEFORE', 'a', 'b'),
  await client.lSet('l', 0, 'a'), await client.lRem('l', 1, 'a'), await client.lTrim('l', 0, 9), await client.lPos('l', 'a'),
  await client.lMove('a', 'b', 'LEFT', 'RIGHT'), await client.blPop('l', 1), await client.brPop('l', 1),
];

export const sets = [
  await client.sAdd('s', 'a'), await client.sRem('s', 'a'), await client.sMembers('s'), await client.sIsMember('s', 'a'),
  await client.smIsMember('s', ['a']), await client.sCard('s'), await client.sPop('s'), await client.sRandMember('s'),
  await client.sInter(['a', 'b']), await client.sUnion(['a', 'b']), await client.sDiff(['a', 'b']), await client.sMove('a', 'b', 'c'),
];

export const sortedSets = [
  await client.zAdd('z', { score: 1, value: 'a' }), await client.zRem('z', 'a'), await client.zScore('z', 'a'),
  await client.zRank('z', 'a'), await client.zCard('z'), await client.zCount('z', 0, 1), await client.zIncrBy('z', 1, 'a'),
  await client.zRange('z', 0, -1), await client.zRangeWithScores('z', 0, -1), await client.zPopMin('z'), await client.zPopMax('z'),
  await client.zRemRangeByRank('z', 0, 1),
];

export const rest = [
  await client.xAdd('x', '*', { a: '1' }), await client.xLen('x'), await client.xRange('x', '-', '+'), await client.xDel('x', '1-0'),
  await client.publish('c', 'm'), await client.ping(), await client.echo('a'), await client.dbSize(),
];

const results = await client.multi().set('a', '1').get('a').hGetAll('h').exec();
export const first: string = String(results[0]);
const typed = await client.multi().incr('a').get('a').execTyped();
export const count: number = typed[0];
export const text: string | null = typed[1];
