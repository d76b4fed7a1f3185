// The types of the methods: this file does not compile if one changes.
import { test } from 'node:test';
import type { RedisClientMultiCommandTyped } from '../../lib/commands/multi-types';
import type { RedisClientExtensions, WithCommands } from '../../lib/commands/types';
import type { CommandParser, RedisArgument } from '../../lib/wire/command-parser';
import type { RESP_TYPES, NumberReply } from '../../lib/wire/resp-types';
import { same, type Resolved } from './equal';

type None = Record<never, never>;
type Client = WithCommands<3, None>;
type Client2 = WithCommands<2, None>;
type BufferClient = WithCommands<3, { [RESP_TYPES.BLOB_STRING]: BufferConstructor }>;
type MapClient = WithCommands<3, { [RESP_TYPES.MAP]: MapConstructor; [RESP_TYPES.SET]: SetConstructor }>;
type ExactClient = WithCommands<3, { [RESP_TYPES.DOUBLE]: StringConstructor; [RESP_TYPES.NUMBER]: StringConstructor }>;

test('arguments keep their names, optional ones are optional', () => {
  same<Parameters<Client['get']>, [key: RedisArgument]>(true);
  same<Parameters<Client['GET']>, [key: RedisArgument]>(true);
  same<Parameters<Client['ping']>, [message?: RedisArgument]>(true);
  same<Parameters<Client['lRange']>, [key: RedisArgument, start: number, stop: number]>(true);
  same<Parameters<Client['sAdd']>, [key: RedisArgument, members: RedisArgument | RedisArgument[]]>(true);
  same<Parameters<Client['mGet']>, [keys: RedisArgument[]]>(true);
  same<Parameters<Client['dbSize']>, []>(true);
});

test('replies by default', () => {
  same<Resolved<Client['get']>, string | null>(true);
  same<Resolved<Client['set']>, string | null>(true);
  same<Resolved<Client['incr']>, number>(true);
  same<Resolved<Client['incrByFloat']>, string>(true);
  same<Resolved<Client['mGet']>, (string | null)[]>(true);
  same<Resolved<Client['mSet']>, 'OK'>(true);
  same<Resolved<Client['hGetAll']>, { [key: string]: string }>(true);
  same<Resolved<Client['HGETALL']>, { [key: string]: string }>(true);
  same<Resolved<Client2['hGetAll']>, { [key: string]: string }>(true);
  same<Resolved<Client['configGet']>, { [key: string]: string }>(true);
  same<Resolved<Client['hScan']>, { cursor: string; entries: { field: string; value: string }[] }>(true);
  same<Resolved<Client['scan']>, { cursor: string; keys: string[] }>(true);
  same<Resolved<Client['blPop']>, { key: string; element: string } | null>(true);
  same<Resolved<Client['lmPop']>, [key: string, elements: string[]] | null>(true);
  same<Resolved<Client['sMembers']>, string[]>(true);
  same<Resolved<Client['zScore']>, number | null>(true);
  same<Resolved<Client['zRangeWithScores']>, { value: string; score: number }[]>(true);
  same<Resolved<Client['bzPopMin']>, { key: string; value: string; score: number } | null>(true);
  same<Resolved<Client['time']>, [unixTimestamp: `${number}`, microseconds: `${number}`]>(true);
  same<Resolved<Client['scriptExists']>, number[]>(true);
  same<Resolved<Client['xRange']>, {
    id: string; message: { [key: string]: string }; millisElapsedFromDelivery?: number; deliveriesCounter?: number;
  }[] | null>(true);
  same<Resolved<Client['xPending']>['consumers'], { name: string; deliveriesCounter: number }[] | null>(true);
  same<Resolved<Client['pubSubNumSub']>, Record<string, number>>(true);
  same<Resolved<Client['info']>, string>(true);
});

test('replies differ by protocol where the server does', () => {
  same<Resolved<Client['geoPos']>, ({ longitude: number; latitude: number } | null)[]>(true);
  same<Resolved<Client2['geoPos']>, ({ longitude: string; latitude: string } | null)[]>(true);
  same<Resolved<Client['functionStats']>['running_script'], { name: string; command: string; duration_ms: number } | null>(true);
});

test('replies follow the type mapping', () => {
  same<Resolved<BufferClient['get']>, Buffer | null>(true);
  same<Resolved<BufferClient['hGetAll']>, { [key: string]: Buffer }>(true);
  same<Resolved<BufferClient['hRandFieldCountWithValues']>, { field: Buffer; value: Buffer }[]>(true);
  same<Resolved<BufferClient['type']>, string>(true);
  same<Resolved<MapClient['hGetAll']>, Map<string, string>>(true);
  same<Resolved<MapClient['sMembers']>, Set<string>>(true);
  same<Resolved<ExactClient['zScore']>, `${number}` | null>(true);
  same<Resolved<ExactClient['incr']>, `${number}`>(true);
});

/** A module, a function library and a script as users write them. */
const modules = {
  app: {
    /** Counts something. */
    COUNT: {
      parseCommand(parser: CommandParser, key: RedisArgument, step?: number) { parser.pushKey(key); parser.push(String(step ?? 1)); },
      transformReply: undefined as unknown as () => NumberReply,
    },
  },
};
const scripts = {
  double: {
    SCRIPT: 'return ARGV[1] * 2',
    SHA1: '',
    parseCommand(parser: CommandParser, value: number) { parser.push(value.toString()); },
    transformReply: { 2: (reply: number) => reply, 3: (reply: number) => ({ twice: reply }) },
  },
};
const functions = {
  lib: {
    half: { NUMBER_OF_KEYS: 1, parseCommand(parser: CommandParser, key: string) { parser.pushKey(key); }, transformReply: (reply: string) => Number(reply) },
  },
};

test('modules, functions and scripts', () => {
  type Extended = RedisClientExtensions<typeof modules, typeof functions, typeof scripts, 3, None>;
  same<Parameters<Extended['app']['COUNT']>, [key: RedisArgument, step?: number]>(true);
  same<Resolved<Extended['app']['COUNT']>, number>(true);
  same<Resolved<Extended['double']>, { twice: number }>(true);
  same<Resolved<RedisClientExtensions<typeof modules, typeof functions, typeof scripts, 2, None>['double']>, number>(true);
  same<Resolved<Extended['lib']['half']>, number>(true);
  same<Resolved<Extended['get']>, string | null>(true);
});

declare const multi: RedisClientMultiCommandTyped<[], typeof modules, typeof functions, typeof scripts, 3, None>;

test('a multi builder collects the types of its replies', () => {
  const build = () => multi.get('a').HGETALL('h').incr('n').app.COUNT('k').double(2).lib.half('k').execTyped();
  same<Awaited<ReturnType<typeof build>>,
    [string | null, { [key: string]: string }, number, number, { twice: number }, number]>(true);
  const piped = () => multi.select(1).set('a', '1').execAsPipelineTyped();
  same<Awaited<ReturnType<typeof piped>>, [string | null]>(true);
  const typed = () => multi.ping().exec<'typed'>();
  same<Awaited<ReturnType<typeof typed>>, [string]>(true);
});

test('any reply of a script type-checks', () => {
  const call = async (client: Client): Promise<string> => (await client.eval('return 1')) as string;
  same<Awaited<ReturnType<typeof call>>, string>(true);
});
