// Points are consumed, blocked and rewarded; the in-memory fallback is used while the connection is lost.
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { connected, say, ttl } from './shared/stage.mjs';

const client = await connected({ disableOfflineQueue: true });
const told = (result) => ({ consumed: result.consumedPoints, left: result.remainingPoints, first: result.isFirstInDuration, ms: ttl(result.msBeforeNext, 10_000) });
const consume = async (limiter, key, points = 1) => {
  try {
    return told(await limiter.consume(key, points));
  } catch (rejected) {
    return rejected instanceof Error ? `error ${rejected.message}` : { blocked: told(rejected) };
  }
};
const limiter = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'flex', points: 3, duration: 5, blockDuration: 10 });
for (let i = 0; i < 4; i++) say(`consume ${i}`, await consume(limiter, 'ada'));
say('reward', told(await limiter.reward('bob', 2)));
say('penalty', told(await limiter.penalty('bob', 1)));
say('get', told(await limiter.get('ada')));
say('get of none', await limiter.get('none'));
say('block', told(await limiter.block('carol', 10)));
say('blocked', await consume(limiter, 'carol'));
say('delete', [await limiter.delete('ada'), await limiter.delete('ada')]);
say('set', told(await limiter.set('dave', 2, 5)));
say('several', await Promise.all(Array.from({ length: 5 }, () => consume(limiter, 'erin'))));
const bursty = new BurstyRateLimiter(limiter, new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'burst', points: 2, duration: 5 }));
for (let i = 0; i < 6; i++) say(`bursty ${i}`, typeof (await consume(bursty, 'frank')));
const inMemory = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'mem', points: 1, duration: 5, inMemoryBlockOnConsumed: 2, inMemoryBlockDuration: 9 });
for (let i = 0; i < 4; i++) say(`blocked in memory ${i}`, await consume(inMemory, 'hal'));
const even = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'even', points: 5, duration: 1, execEvenly: true, execEvenlyMinDelayMs: 1 });
say('evenly', (await consume(even, 'ida')).consumed);
const union = new RateLimiterUnion(limiter, inMemory);
say('union', await union.consume('joe').then((all) => Object.values(all).map((one) => one.remainingPoints), () => 'blocked'));
say('union again', await union.consume('joe').then(() => 'allowed', (all) => Object.keys(all)));
const forever = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'ever', points: 2, duration: 0 });
say('without end', (await consume(forever, 'kim')).ms);
const insured = new RateLimiterRedis({ storeClient: client, useRedisPackage: true, keyPrefix: 'ins', points: 2, duration: 5, insuranceLimiter: new RateLimiterMemory({ points: 1, duration: 5 }) });
say('insured', await consume(insured, 'gwen'));
client.destroy();
say('insured without a server', await consume(insured, 'gwen'));
say('again', await consume(insured, 'gwen'));
say('not insured', await consume(limiter, 'gwen'));
