// Types of the methods of a multi builder. Each call appends the type of its reply to a tuple.
import type { Command, CommandReply, RedisFunctions, RedisModules, RedisScripts, Tail, TransformReply } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { ReplyUnion, ReplyWithTypeMapping, RespVersions, TypeMapping } from '../wire/resp-types';
import type { BuiltInCommands } from './index';
import type { RedisDefaultModules } from './modules';
import type { BuiltInArguments, BuiltInReply } from './types';

/** The type that `exec` resolves to: `'generic'` is an array of any replies, `'typed'` is a tuple. */
export type MultiReply = 'generic' | 'typed';
/** Whether a builder tracks the types of its replies. */
export type MultiMode = 'typed' | 'untyped';
/** The result of `exec<T>()`. */
export type MultiReplyType<T extends MultiReply, REPLIES> = T extends 'typed' ? REPLIES : ReplyUnion[];

/** Type constructors that change nothing, and types that cannot be mapped. */
interface Unmapped {
  36: StringConstructor;
  37: ObjectConstructor;
  40: BigIntConstructor;
  43: StringConstructor;
  44: NumberConstructor;
  58: NumberConstructor;
  61: StringConstructor;
  126: ArrayConstructor;
}

/** A named type, so that the compiler need not compare equal types member by member. */
type Nothing = {};

// The parts of a builder's type are reduced to those that have an effect, so that builders with the same effect have
// the same type. Otherwise, to compare two builder types, the compiler would follow every chain of two or three
// commands, which takes minutes and gigabytes.

/** Functions or scripts by name. `Nothing` if there are none, and for their wide types, which contain no names. */
type MultiNamed<T> = string extends keyof T ? Nothing : [keyof T] extends [never] ? Nothing : T;

/** Modules in addition to those that every client has; otherwise as {@link MultiNamed}. */
type MultiModules<M> = string extends keyof M ? Nothing : [keyof M] extends [keyof RedisDefaultModules] ? Nothing : M;

/**
 * The effect of a type mapping. `Nothing` for the wide type `TypeMapping`, for `{}`, and for a mapping that only
 * repeats the defaults.
 */
export type MultiMapping<TYPE_MAPPING extends TypeMapping> = 0 extends 1 & TYPE_MAPPING ? TYPE_MAPPING : {
  [P in keyof TYPE_MAPPING as
    P extends keyof Unmapped ? undefined extends TYPE_MAPPING[P] ? never : TYPE_MAPPING[P] extends Unmapped[P] ? never : P : never
  ]: TYPE_MAPPING[P];
} extends infer MAPPING extends TypeMapping ? [keyof MAPPING] extends [never] ? Nothing : MAPPING : never;

/** Whose builder it is: a cluster has to know where words belong, and has one database. */
export type MultiOwner = 'client' | 'cluster';

/** What `addCommand` takes. */
interface AddedWords {
  client: [args: readonly RedisArgument[], transformReply?: TransformReply];
  cluster: [
    firstKey: RedisArgument | undefined, isReadonly: boolean | undefined, args: readonly RedisArgument[], transformReply?: TransformReply,
  ];
}

/** What `sendCommand` takes. */
interface SentWords {
  client: [args: readonly RedisArgument[]];
  cluster: [args: readonly RedisArgument[], options?: { firstKey?: RedisArgument; isReadonly?: boolean }];
}

/** What `select` takes. */
interface Selected {
  client: [db: number, transformReply?: TransformReply];
  cluster: never;
}

/** The methods of a builder other than commands. */
export interface MultiMethods<REPLIES extends unknown[], OWNER extends MultiOwner> {
  /** Selects a database inside the transaction; the client stays in this database afterwards. */
  SELECT(...args: Selected[OWNER]): this;
  /** Selects a database inside the transaction; the client stays in this database afterwards. */
  select(...args: Selected[OWNER]): this;
  /** Queues a command as raw arguments, with an optional transform of its reply. */
  addCommand(...args: AddedWords[OWNER]): this;
  /** Queues a command as raw arguments. Its reply is not part of the typed tuple. */
  sendCommand(...args: SentWords[OWNER]): this;
  /** Runs the queued commands as a transaction, or as a pipeline (without MULTI) if `execAsPipeline` is true. */
  exec<T extends MultiReply = 'generic'>(execAsPipeline?: boolean): Promise<MultiReplyType<T, REPLIES>>;
  /** Runs the queued commands as a transaction, or as a pipeline (without MULTI) if `execAsPipeline` is true. */
  EXEC<T extends MultiReply = 'generic'>(execAsPipeline?: boolean): Promise<MultiReplyType<T, REPLIES>>;
  /** Like `exec`, with the type of each reply. */
  execTyped(execAsPipeline?: boolean): Promise<REPLIES>;
  /** Runs the queued commands as a pipeline, without MULTI. */
  execAsPipeline<T extends MultiReply = 'generic'>(): Promise<MultiReplyType<T, REPLIES>>;
  /** Like `execAsPipeline`, with the type of each reply. */
  execAsPipelineTyped(): Promise<REPLIES>;
}

// Variance annotations are given below. To infer the variance, the type checker would follow every chain of two or
// three commands, which takes it a minute as soon as two client types are compared.

type MultiSignature<
  out REPLIES extends unknown[], out C extends Command,
  out M extends RedisModules, out F extends RedisFunctions, out S extends RedisScripts,
  in out RESP extends RespVersions, in out TYPE_MAPPING extends TypeMapping, out OWNER extends MultiOwner,
> = (...args: Tail<Parameters<C['parseCommand']>>) => RedisClientMultiCommandTyped<
  [...REPLIES, ReplyWithTypeMapping<CommandReply<C, RESP>, TYPE_MAPPING>], M, F, S, RESP, TYPE_MAPPING, OWNER
>;

/**
 * Everything that a builder's type carries along, as one type parameter: the compiler checks annotated variance for
 * each type parameter, command by command.
 */
export interface MultiState<
  REPLIES extends unknown[] = unknown[], M extends RedisModules = RedisModules, F extends RedisFunctions = RedisFunctions,
  S extends RedisScripts = RedisScripts, OWNER extends MultiOwner = MultiOwner,
> {
  replies: REPLIES;
  modules: M;
  functions: F;
  scripts: S;
  owner: OWNER;
}

/** The methods of all built-in commands of a builder. */
export type MultiWithCommands<STATE extends MultiState, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> = {
  [P in keyof BuiltInCommands]: (...args: BuiltInArguments<BuiltInCommands[P]>) => RedisClientMultiCommandTyped<
    [...STATE['replies'], BuiltInReply<BuiltInCommands[P], RESP, TYPE_MAPPING>],
    STATE['modules'], STATE['functions'], STATE['scripts'], RESP, TYPE_MAPPING, STATE['owner']
  >;
};

/** A mapped type, because an interface that applications can extend has no index signature. */
type DefaultModules = { [P in keyof RedisDefaultModules]: RedisDefaultModules[P] };

/** The namespaces of modules of a builder. */
export type MultiWithModules<
  out NAMESPACES extends RedisModules, out REPLIES extends unknown[], out M extends RedisModules, out F extends RedisFunctions, out S extends RedisScripts,
  in out RESP extends RespVersions, in out TYPE_MAPPING extends TypeMapping, out OWNER extends MultiOwner,
> = { [P in keyof NAMESPACES]: { [C in keyof NAMESPACES[P]]: MultiSignature<REPLIES, NAMESPACES[P][C], M, F, S, RESP, TYPE_MAPPING, OWNER> } };

/** The namespaces of function libraries of a builder. */
export type MultiWithFunctions<
  out REPLIES extends unknown[], out M extends RedisModules, out F extends RedisFunctions, out S extends RedisScripts,
  in out RESP extends RespVersions, in out TYPE_MAPPING extends TypeMapping, out OWNER extends MultiOwner,
> = { [P in keyof F]: { [C in keyof F[P]]: MultiSignature<REPLIES, F[P][C], M, F, S, RESP, TYPE_MAPPING, OWNER> } };

/** The methods of scripts of a builder. */
export type MultiWithScripts<
  out REPLIES extends unknown[], out M extends RedisModules, out F extends RedisFunctions, out S extends RedisScripts,
  in out RESP extends RespVersions, in out TYPE_MAPPING extends TypeMapping, out OWNER extends MultiOwner,
> = { [P in keyof S]: MultiSignature<REPLIES, S[P], M, F, S, RESP, TYPE_MAPPING, OWNER> };

/**
 * The members of every builder. This is an interface, because the compiler compares interfaces by their type arguments.
 * With intersections it would also compare all members, and everything that they return.
 */
export interface MultiBuilder<out STATE extends MultiState, in out RESP extends RespVersions, in out TYPE_MAPPING extends TypeMapping>
  extends MultiMethods<STATE['replies'], STATE['owner']>, MultiWithCommands<STATE, RESP, TYPE_MAPPING>,
  MultiWithModules<DefaultModules, STATE['replies'], STATE['modules'], STATE['functions'], STATE['scripts'], RESP, TYPE_MAPPING, STATE['owner']> {}

/** `MEMBERS` if `T` contains names. */
type IfNamed<T, MEMBERS> = [keyof T] extends [never] ? unknown : MEMBERS;

/** A builder that knows the types of the replies queued so far. */
export type RedisClientMultiCommandTyped<
  REPLIES extends unknown[], M extends RedisModules, F extends RedisFunctions, S extends RedisScripts,
  RESP extends RespVersions, TYPE_MAPPING extends TypeMapping, OWNER extends MultiOwner = 'client',
> =
  & MultiBuilder<MultiState<REPLIES, M, F, S, OWNER>, RESP, TYPE_MAPPING>
  & IfNamed<M, MultiWithModules<M, REPLIES, M, F, S, RESP, TYPE_MAPPING, OWNER>>
  & IfNamed<F, MultiWithFunctions<REPLIES, M, F, S, RESP, TYPE_MAPPING, OWNER>>
  & IfNamed<S, MultiWithScripts<REPLIES, M, F, S, RESP, TYPE_MAPPING, OWNER>>;

/** A builder: typed, or `any` for code that builds transactions dynamically. */
export type RedisClientMultiCommandType<
  MODE extends MultiMode, REPLIES extends unknown[], M extends RedisModules, F extends RedisFunctions, S extends RedisScripts,
  RESP extends RespVersions, TYPE_MAPPING extends TypeMapping, OWNER extends MultiOwner = 'client',
> = [MODE] extends ['typed'] ? RedisClientMultiCommandTyped<REPLIES, MultiModules<M>, MultiNamed<F>, MultiNamed<S>, RESP, MultiMapping<TYPE_MAPPING>, OWNER>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an untyped builder is any by contract
  : any;
