import type { UpperCaseCommands } from './aliases.generated';
import type { CommandTable } from './command';
import { connection } from './connection';
import { hashes } from './hashes';
import { keys } from './keys';
import { strings } from './strings';

type StringCommands = typeof strings;
type KeyCommands = typeof keys;
type HashCommands = typeof hashes;
type ConnectionCommands = typeof connection;

/** Every built-in command by camel-case method name. */
export interface CamelCaseCommands extends StringCommands, KeyCommands, HashCommands, ConnectionCommands {}

/** Every built-in command by both its method names. */
export interface BuiltInCommands extends CamelCaseCommands, UpperCaseCommands {}

/** The command table: every built-in command by camel-case method name (see {@link CommandTable} for its rows). */
export const COMMANDS: CamelCaseCommands = { ...strings, ...keys, ...hashes, ...connection };

/** {@link COMMANDS} as rows that all look alike, for attachment. */
export const COMMAND_TABLE: CommandTable = COMMANDS as unknown as CommandTable;
