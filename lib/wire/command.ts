/** The definition of a command: how its arguments are encoded and how its reply is transformed. */
import type { CommandParser } from './command-parser';
import type { ReplyUnion, ReplyWithTypeMapping, RespVersions, TypeMapping } from './resp-types';

/**
 * Turns a decoded reply into the result for the caller.
 *
 * @param reply the decoded reply, under the caller's type mapping
 * @param preserve the value that `parseCommand` stored in `parser.preserve`
 * @param typeMapping the caller's type mapping
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each command knows what it preserved
export type TransformReply = (this: void, reply: never, preserve?: any, typeMapping?: TypeMapping) => unknown;

/** One reply transform per protocol version; `undefined` leaves the decoded reply as it is. */
export interface TransformReplyByVersion {
  2: TransformReply | undefined;
  3: TransformReply | undefined;
}

/** A built-in, module or user-defined command. */
export interface Command {
  /** The command's name as it is sent, for errors and metadata. User-defined commands have none. */
  name?: string;
  /** Pushes the command name and its arguments. */
  parseCommand(this: void, parser: CommandParser, ...args: never[]): void;
  transformReply?: TransformReply | TransformReplyByVersion;
  /** May run on a replica. */
  IS_READ_ONLY?: boolean;
  /** The reply may be kept in a client-side cache. */
  CACHEABLE?: boolean;
  /** The callback API transforms the reply as well. */
  TRANSFORM_LEGACY_REPLY?: boolean;
  /** Accepted and ignored: routing follows the pushed keys. */
  NOT_KEYED_COMMAND?: boolean;
  /** Accepted and ignored. */
  IS_FORWARD_COMMAND?: boolean;
}

/** A function of a library (`FCALL`). */
export interface RedisFunction extends Command {
  NUMBER_OF_KEYS?: number;
}

/** A Lua script as the user writes it. */
export interface RedisScriptConfig extends Command {
  SCRIPT: string | Buffer;
  NUMBER_OF_KEYS?: number;
  /** Accepted and ignored. */
  FIRST_KEY_INDEX?: number;
}

/** The hex SHA-1 of a script. */
export interface SHA1 {
  SHA1: string;
}

/** A Lua script with its digest: what `defineScript` returns. */
export type RedisScript = RedisScriptConfig & SHA1;

export type RedisCommands = Record<string, Command>;
export type RedisModules = Record<string, RedisCommands>;
export type RedisFunctions = Record<string, Record<string, RedisFunction>>;
export type RedisScripts = Record<string, RedisScript>;

/** All but the first element of a tuple type. */
export type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer REST] ? REST : never;

/** The reply description of a command under a protocol version. */
export type CommandReply<COMMAND extends Command, RESP extends RespVersions> =
  COMMAND extends { transformReply: (...args: never) => infer REPLY } ? REPLY
  : COMMAND extends { transformReply: { [VERSION in RESP]: (...args: never) => infer REPLY } } ? REPLY
  : ReplyUnion;

/** The type of the client method for a command. */
export type CommandSignature<COMMAND extends Command, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> =
  (...args: Tail<Parameters<COMMAND['parseCommand']>>) =>
    Promise<ReplyWithTypeMapping<CommandReply<COMMAND, RESP>, TYPE_MAPPING>>;
