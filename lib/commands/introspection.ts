import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { none } from './args';
import { command } from './command';
import * as shapes from './introspection-replies';
import * as reply from './replies';

/** The filters of COMMAND LIST. */
export const COMMAND_LIST_FILTER_BY = { MODULE: 'MODULE', ACLCAT: 'ACLCAT', PATTERN: 'PATTERN' } as const;

/** One of {@link COMMAND_LIST_FILTER_BY}. */
export type CommandListFilterBy = (typeof COMMAND_LIST_FILTER_BY)[keyof typeof COMMAND_LIST_FILTER_BY];

export interface CommandListOptions {
  FILTERBY?: { type: CommandListFilterBy; value: RedisArgument };
}

export const introspection = {
  /** Returns information about all commands of the server, as an array of objects. */
  command: command('COMMAND', none, shapes.commandInfos),
  /** Returns the number of commands of the server. */
  commandCount: command('COMMAND COUNT', none, reply.number),
  /** Returns the documentation of all or the given commands. */
  commandDocs: command('COMMAND DOCS', (c, commands?: RedisVariadicArgument) => {
    if (commands !== undefined) c.pushVariadic(commands);
  }, shapes.commandDocs),
  /** Returns the keys among the words of a complete command. */
  commandGetKeys: command('COMMAND GETKEYS', (c, args: RedisArgument[]) => c.push(...args), reply.blobs),
  /** Returns the keys among the words of a complete command, with flags for what the command does with them. */
  commandGetKeysAndFlags: command('COMMAND GETKEYSANDFLAGS', (c, args: RedisArgument[]) => c.push(...args), shapes.keysAndFlags),
  /** Returns information about the given commands as an array of objects, null for unknown commands. */
  commandInfo: command('COMMAND INFO', (c, commands: string[]) => c.push(...commands), shapes.commandInfosOrNulls),
  /** Returns the names of all commands, or of those that match the filter. */
  commandList: command('COMMAND LIST', (c, options?: CommandListOptions) => {
    if (options?.FILTERBY) c.push('FILTERBY', options.FILTERBY.type, options.FILTERBY.value);
  }, reply.blobs),
};
