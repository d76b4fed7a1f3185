import { acl } from './acl';
import { arrays } from './arrays';
import { bitmaps, hyperLogLog } from './bitmaps';
import { clients } from './clients';
import { cluster } from './cluster';
import type { CommandTable, UpperCased } from './command';
import { connection } from './connection';
import { geo } from './geo';
import { hashes } from './hashes';
import { himport } from './himport';
import { hotkeys } from './hotkeys';
import { introspection } from './introspection';
import { keys } from './keys';
import { lists } from './lists';
import { newerKeys } from './newer-keys';
import { pubsub } from './pubsub';
import { scripting } from './scripting';
import { server } from './server';
import { sets } from './sets';
import { sortedSetRanges } from './sorted-set-ranges';
import { sortedSets } from './sorted-sets';
import { sorting } from './sorting';
import { streamGroups } from './stream-groups';
import { streams } from './streams';
import { strings } from './strings';
import { vectors } from './vectors';

// These are interfaces, not intersections or the type of the spread, because declaration files then keep the comments
// of the rows.
type Acl = typeof acl;
type Arrays = typeof arrays;
type Bitmaps = typeof bitmaps;
type Clients = typeof clients;
type Cluster = typeof cluster;
type Connection = typeof connection;
type Geo = typeof geo;
type Hashes = typeof hashes;
type Himport = typeof himport;
type Hotkeys = typeof hotkeys;
type HyperLogLog = typeof hyperLogLog;
type Introspection = typeof introspection;
type Keys = typeof keys;
type Lists = typeof lists;
type NewerKeys = typeof newerKeys;
type Pubsub = typeof pubsub;
type Scripting = typeof scripting;
type Server = typeof server;
type Sets = typeof sets;
type SortedSetRanges = typeof sortedSetRanges;
type SortedSets = typeof sortedSets;
type Sorting = typeof sorting;
type StreamGroups = typeof streamGroups;
type Streams = typeof streams;
type Strings = typeof strings;
type Vectors = typeof vectors;

/** Every built-in command by camel-case method name. */
export interface CamelCaseCommands extends
  Acl, Arrays, Bitmaps, Clients, Cluster, Connection, Geo, Hashes, Himport, Hotkeys, HyperLogLog, Introspection, Keys,
  Lists, NewerKeys, Pubsub, Scripting, Server, Sets, SortedSetRanges, SortedSets, Sorting, StreamGroups, Streams,
  Strings, Vectors {}

/** Every built-in command by upper-case method name. */
type UpperCaseCommands = UpperCased<CamelCaseCommands>;

/** Every built-in command by both its method names. */
export interface BuiltInCommands extends CamelCaseCommands, UpperCaseCommands {}

/** Every built-in command by camel-case method name. */
export const COMMANDS: CamelCaseCommands = {
  ...acl, ...arrays, ...bitmaps, ...clients, ...cluster, ...connection, ...geo, ...hashes, ...himport, ...hotkeys,
  ...hyperLogLog, ...introspection, ...keys, ...lists, ...newerKeys, ...pubsub, ...scripting, ...server, ...sets, ...sortedSetRanges,
  ...sortedSets, ...sorting, ...streamGroups, ...streams, ...strings, ...vectors,
};

/** {@link COMMANDS} as rows of one type, for attaching methods. */
export const COMMAND_TABLE = COMMANDS as unknown as CommandTable;
