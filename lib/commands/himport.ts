// Imports of many hashes with the same fields (Redis 8.10). Fieldsets belong to a connection; lib/client/himport.ts makes them
// belong to the client.
import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { command } from './command';
import * as reply from './replies';

export const himport = {
  /**
   * Forgets a fieldset and gives 1, or 0 if there was none. For the client and its duplicates: their connections are told
   * before they import again. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-discard/
   */
  hImportDiscard: command('HIMPORT DISCARD', (c, fieldset: RedisArgument) => c.push(fieldset), reply.number),
  /**
   * Forgets all fieldsets and gives their number. For the client and its duplicates. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-discardall/
   */
  hImportDiscardAll: command('HIMPORT DISCARDALL', () => undefined, reply.number),
  /**
   * Names a list of fields, for `hImportSet`. It holds for the client and its duplicates, through reconnects, until it is
   * discarded or prepared anew. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-prepare/
   */
  hImportPrepare: command('HIMPORT PREPARE', (c, fieldset: RedisArgument, fields: RedisVariadicArgument) => {
    c.push(fieldset);
    c.pushVariadic(fields);
  }, reply.ok),
  /**
   * Sets a hash to values for the fields of a prepared fieldset, in their order. Since Redis 8.10.
   * @see https://redis.io/docs/latest/commands/himport-set/
   */
  hImportSet: command('HIMPORT SET', (c, key: RedisArgument, fieldset: RedisArgument, values: RedisVariadicArgument) => {
    c.pushKey(key);
    c.push(fieldset);
    c.pushVariadic(values);
  }, reply.ok),
};
