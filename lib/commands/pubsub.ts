import type { CommandParser, RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import type { NumberReply } from '../wire/resp-types';
import { none } from './args';
import { command } from './command';
import { rowOf } from './containers';
import * as reply from './replies';

const optionalPattern = (c: CommandParser, pattern?: RedisArgument): void => {
  if (pattern) c.push(pattern);
};
const optionalChannels = (c: CommandParser, channels?: RedisVariadicArgument): void => {
  if (channels) c.pushVariadic(channels);
};

/** `{channel: subscribers}` from a list in both protocols. */
const subscribers = (flat: readonly unknown[]): Record<string, NumberReply> => {
  if (!Array.isArray(flat)) return flat as unknown as Record<string, NumberReply>;
  const counts: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) reply.setOwn(counts, String(flat[i]), flat[i + 1]);
  return counts as Record<string, NumberReply>;
};

/** The same with numbers whatever numbers are mapped to. */
const countedSubscribers = (flat: readonly unknown[]): Record<string, NumberReply> =>
  subscribers(rowOf(flat, list => list.map((item, at) => (at % 2 === 0 ? item : Number(item)))));

export const pubsub = {
  /** Sends a message to a channel and gives the number of subscribers that got it. */
  publish: command('PUBLISH', (c, channel: RedisArgument, message: RedisArgument) => c.push(channel, message), reply.number),
  /** Returns the channels that have subscribers, all or those matching a glob pattern. */
  pubSubChannels: command('PUBSUB CHANNELS', optionalPattern, reply.blobs),
  /** Counts the subscribed patterns. */
  pubSubNumPat: command('PUBSUB NUMPAT', none, reply.number),
  /** Counts the subscribers of channels: `{channel: count}`. */
  pubSubNumSub: command('PUBSUB NUMSUB', optionalChannels, countedSubscribers),
  /** Returns the sharded channels that have subscribers, all or those matching a glob pattern. */
  pubSubShardChannels: command('PUBSUB SHARDCHANNELS', optionalPattern, reply.blobs),
  /** Counts the subscribers of sharded channels: `{channel: count}`. */
  pubSubShardNumSub: command('PUBSUB SHARDNUMSUB', optionalChannels, subscribers),
  /** Sends a message to a sharded channel and gives the number of subscribers that got it. */
  sPublish: command('SPUBLISH', (c, channel: RedisArgument, message: RedisArgument) => {
    c.pushKey(channel, false);
    c.push(message);
  }, reply.number),
};
