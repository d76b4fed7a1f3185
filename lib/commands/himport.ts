// HIMPORT sets many hashes that have the same fields (Redis 8.10). On the server a fieldset belongs to one connection;
// lib/client/himport.ts makes it belong to the client.
import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { command } from './command';
import * as reply from './replies';

export const himport = {
  /**
   * Discards a fieldset, for the client and its duplicates: each connection is updated before its next import. Returns
   * 1, or 0 if there was none. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-discard/
   */
  hImportDiscard: command('HIMPORT DISCARD', (c, fieldset: RedisArgument) => c.push(fieldset), reply.number),
  /**
   * Discards all fieldsets, for the client and its duplicates. Returns their number. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-discardall/
   */
  hImportDiscardAll: command('HIMPORT DISCARDALL', () => undefined, reply.number),
  /**
   * Gives a list of fields a name, which `hImportSet` uses. It is valid for the client and its duplicates, also after a
   * reconnect, until it is discarded or prepared again. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-prepare/
   */
  hImportPrepare: command('HIMPORT PREPARE', (c, fieldset: RedisArgument, fields: RedisVariadicArgument) => {
    c.push(fieldset);
    c.pushVariadic(fields);
  }, reply.ok),
  /**
   * Sets the fields of a hash. `values` are given in the order of the fields of a prepared fieldset. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-set/
   */
  hImportSet: command('HIMPORT SET', (c, key: RedisArgument, fieldset: RedisArgument, values: RedisVariadicArgument) => {
    c.pushKey(key);
    c.push(fieldset);
    c.pushVariadic(values);
  }, reply.ok),
};
