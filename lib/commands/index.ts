import type { UpperCaseCommands } from './aliases.generated';
import type { CommandTable } from './command';
import { connection } from './connection';
import { hashes } from './hashes';
import { keys } from './keys';
import { lists } from './lists';
import { sets } from './sets';
import { sortedSetRanges } from './sorted-set-ranges';
import { sortedSets } from './sorted-sets';
import { sorting } from './sorting';
import { strings } from './strings';

// Interfaces, not intersections or the type of the spread: they keep the rows' documentation in declaration files.
type Strings = typeof strings;
type Keys = typeof keys;
type Hashes = typeof hashes;
type Lists = typeof lists;
type Sets = typeof sets;
type SortedSets = typeof sortedSets;
type SortedSetRanges = typeof sortedSetRanges;
type Sorting = typeof sorting;
type Connection = typeof connection;

/** Every built-in command by camel-case method name. */
export interface CamelCaseCommands
  extends Strings, Keys, Hashes, Lists, Sets, SortedSets, SortedSetRanges, Sorting, Connection {}

/** Every built-in command by both its method names. */
export interface BuiltInCommands extends CamelCaseCommands, UpperCaseCommands {}

/** Every built-in command by camel-case method name. */
export const COMMANDS: CamelCaseCommands = {
  ...strings, ...keys, ...hashes, ...lists, ...sets, ...sortedSets, ...sortedSetRanges, ...sorting, ...connection,
};

/** {@link COMMANDS} as rows that all look alike, for attachment. */
export const COMMAND_TABLE = COMMANDS as unknown as CommandTable;
