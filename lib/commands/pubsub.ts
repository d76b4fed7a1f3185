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

/** Converts a flat list, in both protocols, to `{channel: subscribers}`. */
const subscribers = (flat: readonly unknown[]): Record<string, NumberReply> => {
  if (!Array.isArray(flat)) return flat as unknown as Record<string, NumberReply>;
  const counts: Record<string, unknown> = {};
  for (let i = 0; i < flat.length; i += 2) reply.setOwn(counts, String(flat[i]), flat[i + 1]);
  return counts as Record<string, NumberReply>;
};

/** Like {@link subscribers}, and always with numbers, whatever the type mapping says about them. */
const countedSubscribers = (flat: readonly unknown[]): Record<string, NumberReply> =>
  subscribers(rowOf(flat, list => list.map((item, at) => (at % 2 === 0 ? item : Number(item)))));

export const pubsub = {
  /** Publishes a message to a channel and returns the number of subscribers that received it. */
  publish: command('PUBLISH', (c, channel: RedisArgument, message: RedisArgument) => c.push(channel, message), reply.number),
  /** Returns the channels that have subscribers: all, or those that match a glob pattern. */
  pubSubChannels: command('PUBSUB CHANNELS', optionalPattern, reply.blobs),
  /** Returns the number of patterns that clients are subscribed to. */
  pubSubNumPat: command('PUBSUB NUMPAT', none, reply.number),
  /** Returns the numbers of subscribers of channels: `{channel: count}`. */
  pubSubNumSub: command('PUBSUB NUMSUB', optionalChannels, countedSubscribers),
  /** Returns the sharded channels that have subscribers: all, or those that match a glob pattern. */
  pubSubShardChannels: command('PUBSUB SHARDCHANNELS', optionalPattern, reply.blobs),
  /** Returns the numbers of subscribers of sharded channels: `{channel: count}`. */
  pubSubShardNumSub: command('PUBSUB SHARDNUMSUB', optionalChannels, subscribers),
  /** Publishes a message to a sharded channel and returns the number of subscribers that received it. */
  sPublish: command('SPUBLISH', (c, channel: RedisArgument, message: RedisArgument) => {
    c.pushKey(channel, false);
    c.push(message);
  }, reply.number),
};
