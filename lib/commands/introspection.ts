import type { RedisArgument, RedisVariadicArgument } from '../wire/command-parser';
import { none } from './args';
import { command } from './command';
import * as shapes from './introspection-replies';
import * as reply from './replies';

/** What COMMAND LIST selects by. */
export const COMMAND_LIST_FILTER_BY = { MODULE: 'MODULE', ACLCAT: 'ACLCAT', PATTERN: 'PATTERN' } as const;

/** One of {@link COMMAND_LIST_FILTER_BY}. */
export type CommandListFilterBy = (typeof COMMAND_LIST_FILTER_BY)[keyof typeof COMMAND_LIST_FILTER_BY];

export interface CommandListOptions {
  FILTERBY?: { type: CommandListFilterBy; value: RedisArgument };
}

export const introspection = {
  /** Describes all commands of the server. */
  command: command('COMMAND', none, shapes.commandInfos),
  /** Counts the commands of the server. */
  commandCount: command('COMMAND COUNT', none, reply.number),
  /** Returns the documentation of commands, all or given ones. */
  commandDocs: command('COMMAND DOCS', (c, commands?: RedisVariadicArgument) => {
    if (commands !== undefined) c.pushVariadic(commands);
  }, shapes.commandDocs),
  /** Returns the keys of a complete command. */
  commandGetKeys: command('COMMAND GETKEYS', (c, args: RedisArgument[]) => c.push(...args), reply.blobs),
  /** Returns the keys of a complete command, and what it does with them. */
  commandGetKeysAndFlags: command('COMMAND GETKEYSANDFLAGS', (c, args: RedisArgument[]) => c.push(...args), shapes.keysAndFlags),
  /** Describes commands, null for unknown ones. */
  commandInfo: command('COMMAND INFO', (c, commands: string[]) => c.push(...commands), shapes.commandInfosOrNulls),
  /** Returns the names of commands, all or filtered. */
  commandList: command('COMMAND LIST', (c, options?: CommandListOptions) => {
    if (options?.FILTERBY) c.push('FILTERBY', options.FILTERBY.type, options.FILTERBY.value);
  }, reply.blobs),
};
