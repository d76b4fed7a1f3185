/** The modules that every client includes. */
import type { RedisModules } from '../../wire/command';
import type { CommandTable, UpperCased } from '../command';
import type { bf } from './bloom/bf';
import type { cf } from './bloom/cf';
import type { cms } from './bloom/cms';
import type { tDigest } from './bloom/t-digest';
import type { topK } from './bloom/top-k';
import type { json } from './json/json';
import type { Ft } from './search';
import type { Ts } from './time-series';

type Bf = typeof bf;
type Cf = typeof cf;
type Cms = typeof cms;
type Json = typeof json;
type TDigest = typeof tDigest;
type TopK = typeof topK;

/** The commands of the modules by upper-case method name. */
export type BfUpperCase = UpperCased<Bf>;
export type CfUpperCase = UpperCased<Cf>;
export type CmsUpperCase = UpperCased<Cms>;
export type FtUpperCase = UpperCased<Ft>;
export type JsonUpperCase = UpperCased<Json>;
export type TDigestUpperCase = UpperCased<TDigest>;
export type TopKUpperCase = UpperCased<TopK>;
export type TsUpperCase = UpperCased<Ts>;

// These are type aliases, because an interface has no index signature and could not be used as `RedisModules`.
/** Commands of Bloom filters, under both names. */
export type BfCommands = Bf & BfUpperCase;
/** Commands of cuckoo filters, under both names. */
export type CfCommands = Cf & CfUpperCase;
/** Commands of count-min sketches, under both names. */
export type CmsCommands = Cms & CmsUpperCase;
/** Commands of search indexes and queries, under both names. */
export type FtCommands = Ft & FtUpperCase;
/** Commands of JSON documents, under both names. */
export type JsonCommands = Json & JsonUpperCase;
/** Commands of t-digests, under both names. */
export type TDigestCommands = TDigest & TDigestUpperCase;
/** Commands of top-k lists, under both names. */
export type TopKCommands = TopK & TopKUpperCase;
/** Commands of time series, under both names. */
export type TsCommands = Ts & TsUpperCase;

/** The modules, by the name of their namespace: `client.json.get()`. */
type BundledModules = {
  bf: BfCommands;
  cf: CfCommands;
  cms: CmsCommands;
  ft: FtCommands;
  json: JsonCommands;
  tDigest: TDigestCommands;
  topK: TopKCommands;
  ts: TsCommands;
};

/** The modules that every client has by default. This is an interface, so that applications can add their own. */
export interface RedisDefaultModules extends BundledModules {}

/** Returns a module's commands under both names, as `RedisModules` has them. */
function underBothNames(table: CommandTable): Record<string, CommandTable[string]> {
  const commands: Record<string, CommandTable[string]> = {};
  for (const [name, command] of Object.entries(table)) {
    commands[name] = command;
    commands[command.upper] = command;
  }
  return commands;
}

/**
 * Loads the tables of the modules when they are first used: most programs use few of them, and loading all takes a
 * quarter of the startup time.
 */
const LOADERS: Readonly<Record<string, () => object>> = {
  bf: () => (require('./bloom/bf') as typeof import('./bloom/bf')).bf,
  cf: () => (require('./bloom/cf') as typeof import('./bloom/cf')).cf,
  cms: () => (require('./bloom/cms') as typeof import('./bloom/cms')).cms,
  ft: () => (require('./search') as typeof import('./search')).ft,
  json: () => (require('./json/json') as typeof import('./json/json')).json,
  tDigest: () => (require('./bloom/t-digest') as typeof import('./bloom/t-digest')).tDigest,
  topK: () => (require('./bloom/top-k') as typeof import('./bloom/top-k')).topK,
  ts: () => (require('./time-series') as typeof import('./time-series')).ts,
};

/** Returns an object whose properties are created when they are first read. */
function lazily<T>(make: (table: CommandTable) => T): Readonly<Record<string, T>> {
  const object: Record<string, T> = {};
  for (const [namespace, load] of Object.entries(LOADERS)) {
    let made: T | undefined;
    Object.defineProperty(object, namespace, { enumerable: true, configurable: true, get: () => (made ??= make(load() as CommandTable)) });
  }
  return object;
}

/** The tables of the modules, under their camel-case names. */
export const MODULE_TABLES = lazily((table) => table);

/** {@link RedisDefaultModules} as clients attach them. */
const DEFAULT_MODULES = lazily(underBothNames) as RedisModules;

/** Tables made by {@link withDefaultModules}, by the caller's modules: clients with the same modules share a class. */
const extended = new WeakMap<RedisModules, RedisModules>();

/**
 * Returns the default modules and the caller's, which take precedence. A module is loaded when its property is read.
 */
export function withDefaultModules(own: RedisModules | undefined): RedisModules {
  if (!own || own === DEFAULT_MODULES) return DEFAULT_MODULES;
  let all = extended.get(own);
  if (all === undefined) {
    const defaults = Object.getOwnPropertyDescriptors(DEFAULT_MODULES);
    all = Object.defineProperties({}, { ...defaults, ...Object.getOwnPropertyDescriptors({ ...own }) }) as RedisModules;
    extended.set(own, all);
    extended.set(all, all);
  }
  return all;
}
