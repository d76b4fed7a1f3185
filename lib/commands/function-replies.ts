import type {
  ArrayReply, BlobStringReply, MapReply, NullReply, NumberReply, SetReply, TuplesToMapReply,
} from '../wire/resp-types';
import { asIs, mapOfPairs, type Entry } from './replies';

type LibraryEntries = [
  Entry<'library_name', BlobStringReply | NullReply>,
  Entry<'engine', BlobStringReply>,
  Entry<'functions', ArrayReply<TuplesToMapReply<[
    Entry<'name', BlobStringReply>, Entry<'description', BlobStringReply | NullReply>, Entry<'flags', SetReply<BlobStringReply>>,
  ]>>>,
];

export type FunctionListReply = ArrayReply<TuplesToMapReply<LibraryEntries>>;
export type FunctionListWithCodeReply = ArrayReply<TuplesToMapReply<[...LibraryEntries, Entry<'library_code', BlobStringReply>]>>;

/** A library as RESP2 clients get it. */
type Library = {
  library_name: BlobStringReply | NullReply;
  engine: BlobStringReply;
  functions: { name: BlobStringReply; description: BlobStringReply | NullReply; flags: SetReply<BlobStringReply> }[];
};

function toLibraries(reply: unknown[][]): unknown {
  return reply.map(flat => {
    const library = mapOfPairs(flat) as { functions: unknown };
    library.functions = (library.functions as unknown[][]).map(item => mapOfPairs(item));
    return library;
  });
}

/** FUNCTION LIST. */
export const libraries = {
  2: toLibraries as (reply: unknown[][]) => Library[],
  3: asIs<FunctionListReply>(),
};
/** FUNCTION LIST WITHCODE. */
export const librariesWithCode = {
  2: toLibraries as (reply: unknown[][]) => (Library & { library_code: BlobStringReply })[],
  3: asIs<FunctionListWithCodeReply>(),
};

type RunningScript = TuplesToMapReply<[
  Entry<'name', BlobStringReply>, Entry<'command', BlobStringReply>, Entry<'duration_ms', NumberReply>,
]>;
type Engine = TuplesToMapReply<[Entry<'libraries_count', NumberReply>, Entry<'functions_count', NumberReply>]>;
export type FunctionStatsReply = TuplesToMapReply<[
  Entry<'running_script', RunningScript | NullReply>, Entry<'engines', MapReply<BlobStringReply, Engine>>,
]>;

function toStats([, running, , engines]: [unknown, unknown[] | null, unknown, unknown[]]): unknown {
  const byName = mapOfPairs(engines) as Record<string, unknown>;
  for (const name of Object.keys(byName)) byName[name] = mapOfPairs(byName[name] as unknown[]);
  return { running_script: running === null ? null : mapOfPairs(running), engines: byName };
}

/** FUNCTION STATS. */
export const functionStats = {
  2: toStats as (reply: never) => {
    running_script: RunningScript['DEFAULT'] | null;
    engines: Record<string, Engine['DEFAULT']>;
  },
  3: asIs<FunctionStatsReply>(),
};
