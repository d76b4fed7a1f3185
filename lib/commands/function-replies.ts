import type {
  ArrayReply, BlobStringReply, MapReply, NullReply, NumberReply, SetReply, TuplesToMapReply,
} from '../wire/resp-types';
import { isMissing, listOf, pairsOf, rowOf } from './containers';
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

/** A library of functions as described to RESP2 clients. */
type Library = {
  library_name: BlobStringReply | NullReply;
  engine: BlobStringReply;
  functions: { name: BlobStringReply; description: BlobStringReply | NullReply; flags: SetReply<BlobStringReply> }[];
};

function toLibraries(reply: unknown[][]): unknown {
  return listOf(reply, flat => {
    const library = mapOfPairs(flat) as { functions: unknown };
    if (!isMissing(library)) library.functions = listOf(library.functions as unknown[][], item => mapOfPairs(item));
    return library;
  });
}

/** Reply of FUNCTION LIST. */
export const libraries = {
  2: toLibraries as (reply: unknown[][]) => Library[],
  3: asIs<FunctionListReply>(),
};
/** Reply of FUNCTION LIST WITHCODE. */
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

function toStats(reply: [unknown, unknown[] | null, unknown, unknown[]]): unknown {
  return rowOf(reply, ([, running, , engines]) => ({
    running_script: mapOfPairs(running as unknown[]),
    engines: rowOf(engines, flat => mapOfPairs(pairsOf(flat).flatMap(([name, engine]) => [name, mapOfPairs(engine as unknown[])]))),
  }));
}

/** Reply of FUNCTION STATS. */
export const functionStats = {
  2: toStats as (reply: never) => {
    running_script: RunningScript['DEFAULT'] | null;
    engines: Record<string, Engine['DEFAULT']>;
  },
  3: asIs<FunctionStatsReply>(),
};
