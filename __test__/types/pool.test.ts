// The types of a pool beside those of npm redis: this file does not compile if one changes.
import { test } from 'node:test';
import type { RedisClientPoolType as NpmPool, RedisDefaultModules as NpmModules } from 'redis';
import { createClient, createClientPool, defineScript, type RedisClientPoolType, type RedisClientType, type RESP_TYPES } from '../../lib';
import type { WithCommands } from '../../lib/commands/types';
import type { CommandParser } from '../../lib/wire/command-parser';
import { same, type Mutual, type Resolved } from './equal';

type None = Record<never, never>;
type Ours = RedisClientPoolType<None, None, None, 3, None>;
type Theirs = NpmPool<NpmModules, None, None, 3, None>;

/** Internals of npm redis. */
type NotHere = 'identity' | 'cleanupTimeout';

test('the names are those of npm redis', () => {
  same<Exclude<keyof Theirs, keyof Ours>, NotHere>(true);
  same<Exclude<keyof Ours & string, keyof Theirs | `_${string}`>, 'withCache'>(true);
});

test('commands resolve to what they resolve to on a client', () => {
  type Client = WithCommands<3, None>;
  type Differing = { [NAME in keyof Client & keyof Ours]: Mutual<Client[NAME], Ours[NAME]> extends true ? never : NAME }[keyof Client & keyof Ours];
  same<Differing, never>(true);
  same<Resolved<RedisClientPoolType<None, None, None, 3, { [RESP_TYPES.BLOB_STRING]: BufferConstructor }>['get']>, Buffer | null>(true);
  same<'hotkeysGet' extends keyof Ours ? true : false, false>(true);
});

const script = defineScript({
  SCRIPT: 'return 1', NUMBER_OF_KEYS: 0,
  parseCommand(_parser: CommandParser, _value: string) { /* nothing */ },
  transformReply: (reply: number) => reply === 1,
});
const pool = createClientPool({ scripts: { script } }, { maximum: 3 });
const fromClient = createClient({ scripts: { script } }).createPool({ minimum: 2 });

test('what methods give', () => {
  const task = () => pool.execute(async (client) => (await client.get('k'))?.length ?? client.script('x'));
  same<Resolved<typeof task>, number | boolean>(true);
  const value = () => pool.execute(() => 5);
  same<Resolved<typeof value>, number>(true);
  same<Resolved<typeof pool.script>, boolean>(true);
  same<Resolved<typeof fromClient.script>, boolean>(true);
  same<Resolved<typeof fromClient.json.arrAppend>, Resolved<RedisClientType['json']['arrAppend']>>(true);
  const multi = () => pool.multi().get('a').script('x').execTyped();
  same<Resolved<typeof multi>, [string | null, boolean]>(true);
  const mapped = () => pool.withTypeMapping({ 36: Buffer }).get('k');
  same<Resolved<typeof mapped>, Buffer | null>(true);
  same<ReturnType<typeof pool.close>, Promise<void>>(true);
  same<ReturnType<typeof pool.destroy>, void>(true);
  const connect = (): Promise<RedisClientPoolType | undefined> => createClientPool().connect();
  same<Resolved<typeof connect>, RedisClientPoolType | undefined>(true);
});
