// Types of the methods that commands add to a client.
import type { Command, CommandSignature, RedisFunctions, RedisModules, RedisScripts } from '../wire/command';
import type { ReplyUnion, ReplyWithTypeMapping, RespVersions, TypeMapping } from '../wire/resp-types';
import type { BuiltInCommand } from './command';
import type { BuiltInCommands } from './index';

/**
 * The arguments of a built-in command's method. They are inferred from type arguments, which is cheaper for the
 * compiler than from the signature.
 */
export type BuiltInArguments<COMMAND> = COMMAND extends BuiltInCommand<infer ARGS, unknown> ? ARGS : never;

/** The type that a built-in command's method resolves to. */
export type BuiltInReply<COMMAND, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> =
  COMMAND extends BuiltInCommand<never, infer TRANSFORM>
    ? ReplyWithTypeMapping<TransformedReply<TRANSFORM, RESP>, TYPE_MAPPING>
    : never;

/** The reply type that a transform declares for a protocol version. */
type TransformedReply<TRANSFORM, RESP extends RespVersions> =
  TRANSFORM extends (...args: never) => infer REPLY ? REPLY
  : TRANSFORM extends { [VERSION in RESP]: (...args: never) => infer REPLY } ? REPLY
  : ReplyUnion;

// Mapped types over the tables themselves, because these keep the comments of the rows.

/** The methods of all built-in commands, under both names. */
export type WithCommands<RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> = {
  [P in keyof BuiltInCommands]: (
    ...args: BuiltInArguments<BuiltInCommands[P]>
  ) => Promise<BuiltInReply<BuiltInCommands[P], RESP, TYPE_MAPPING>>;
};

/** The methods of one namespace. */
export type NamespaceMethods<
  COMMANDS extends Record<string, Command>, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> = {
  [P in keyof COMMANDS]: CommandSignature<COMMANDS[P], RESP, TYPE_MAPPING>;
};

/** The namespaces of modules. */
export type WithModules<M extends RedisModules, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> = {
  [P in keyof M]: NamespaceMethods<M[P], RESP, TYPE_MAPPING>;
};

/** The namespaces of function libraries. */
export type WithFunctions<F extends RedisFunctions, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> = {
  [P in keyof F]: NamespaceMethods<F[P], RESP, TYPE_MAPPING>;
};

/** The methods of scripts. */
export type WithScripts<S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> = {
  [P in keyof S]: CommandSignature<S[P], RESP, TYPE_MAPPING>;
};

/** Everything that commands, modules, functions and scripts add to a client. */
export type RedisClientExtensions<
  M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping,
> =
  & WithCommands<RESP, TYPE_MAPPING> & WithModules<M, RESP, TYPE_MAPPING>
  & WithFunctions<F, RESP, TYPE_MAPPING> & WithScripts<S, RESP, TYPE_MAPPING>;
