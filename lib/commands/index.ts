import type { UpperCaseCommands } from './aliases.generated';
import { bitmaps, hyperLogLog } from './bitmaps';
import { clients } from './clients';
import type { CommandTable } from './command';
import { connection } from './connection';
import { geo } from './geo';
import { hashes } from './hashes';
import { keys } from './keys';
import { lists } from './lists';
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

// Interfaces, not intersections or the type of the spread: they keep the rows' documentation in declaration files.
type Bitmaps = typeof bitmaps;
type Clients = typeof clients;
type Connection = typeof connection;
type Geo = typeof geo;
type Hashes = typeof hashes;
type HyperLogLog = typeof hyperLogLog;
type Keys = typeof keys;
type Lists = typeof lists;
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

/** Every built-in command by camel-case method name. */
export interface CamelCaseCommands extends
  Bitmaps, Clients, Connection, Geo, Hashes, HyperLogLog, Keys, Lists, Pubsub, Scripting, Server, Sets, SortedSetRanges,
  SortedSets, Sorting, StreamGroups, Streams, Strings {}

/** Every built-in command by both its method names. */
export interface BuiltInCommands extends CamelCaseCommands, UpperCaseCommands {}

/** Every built-in command by camel-case method name. */
export const COMMANDS: CamelCaseCommands = {
  ...bitmaps, ...clients, ...connection, ...geo, ...hashes, ...hyperLogLog, ...keys, ...lists, ...pubsub, ...scripting,
  ...server, ...sets, ...sortedSetRanges, ...sortedSets, ...sorting, ...streamGroups, ...streams, ...strings,
};

/** {@link COMMANDS} as rows that all look alike, for attachment. */
export const COMMAND_TABLE = COMMANDS as unknown as CommandTable;
