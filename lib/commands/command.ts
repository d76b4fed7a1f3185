import type { CommandParser } from '../wire/command-parser';
import type { TransformReply } from '../wire/command';
import { isCacheable, isReadOnly } from './metadata';

/** What `transformReply` of a command may be; `undefined` hands out the decoded reply as it is. */
export type ReplyTransform = TransformReply | { 2: TransformReply | undefined; 3: TransformReply | undefined } | undefined;

/** A built-in command: node-redis' command shape plus what attachment needs. */
export interface BuiltInCommand<ARGS extends unknown[], TRANSFORM, UPPER extends string = string> {
  /** Wire name, words separated by a space: `'XINFO STREAM'`. */
  readonly name: string;
  /** The upper-case method name: `'XINFO_STREAM'`; without the prefix of a module (`FT.CONFIG GET` is `CONFIG_GET`). */
  readonly upper: UPPER;
  /** Writes the whole command, name included. */
  readonly parseCommand: (this: void, parser: CommandParser, ...args: ARGS) => void;
  readonly transformReply: TRANSFORM;
  /** May run on a replica. */
  readonly IS_READ_ONLY: boolean;
  /** The reply may be kept by a client-side cache. */
  readonly CACHEABLE: boolean;
  /** The callback API transforms the reply too. */
  readonly TRANSFORM_LEGACY_REPLY?: boolean;
}

/** A built-in command of unknown arguments and reply. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the top of a type that is contravariant in its arguments
export type AnyBuiltInCommand = BuiltInCommand<any[], unknown>;

/** `XINFO_STREAM` of `XINFO STREAM`. */
type Underscored<WORDS extends string> = WORDS extends `${infer FIRST} ${infer REST}` ? `${FIRST}_${Underscored<REST>}` : WORDS;

/** The upper-case method name that a wire name gives; see {@link upperName}. */
type UpperName<NAME extends string> = Underscored<NAME extends `${string}.${infer REST}` ? REST : NAME>;

/**
 * The commands of a table by their upper-case method names. Such properties have no comments, as editors take those from declarations:
 * tools/declarations, which writes what users get, adds them.
 */
export type UpperCased<TABLE> = {
  [P in keyof TABLE as TABLE[P] extends BuiltInCommand<never, unknown, infer UPPER> ? UPPER : never]: TABLE[P];
};

/** What a declaration may say besides wire name, arguments and reply. */
export interface CommandTraits<UPPER extends string> {
  /** The upper-case method name where it is not the wire name with underscores. */
  readonly upper?: UPPER;
  /** See {@link BuiltInCommand.TRANSFORM_LEGACY_REPLY}. */
  readonly transformsLegacyReply?: boolean;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments are checked by the declared type, not here
type Parse = (parser: CommandParser, ...args: any[]) => unknown;

/** The name and the rest of what a `parseCommand` writes. */
export interface NamedParse {
  readonly name: string;
  readonly parse: Parse;
}

/** Those of names of one word. */
const namedParses = new WeakMap<object, NamedParse>();

/** What a `parseCommand` consists of: methods that do both parts themselves spare a call for each command. */
export function namedParseOf(parseCommand: object): NamedParse | undefined {
  return namedParses.get(parseCommand);
}

/** The `parseCommand`s that are declared here. */
const builtIn = new WeakSet<object>();

/** True for the `parseCommand` of a built-in command, wherever it was copied to. */
export function isBuiltIn(parseCommand: object): boolean {
  return builtIn.has(parseCommand);
}

/** Puts the command name in front of what `parse` writes. */
function withName(words: readonly string[], parse: Parse): Parse {
  const [name, second] = words;
  const parseCommand: Parse = (parser, ...args) => {
    parser.push(...words);
    parse(parser, ...args);
  };
  builtIn.add(parseCommand);
  if (second === undefined) namedParses.set(parseCommand, { name: name as string, parse });
  return parseCommand;
}

/** The upper-case method name of a command. */
function upperName(name: string): string {
  return name.slice(name.indexOf('.') + 1).replaceAll(' ', '_');
}

/**
 * Declares a built-in command.
 * @param name wire name, words separated by spaces; gives flags, policies and the upper-case method name
 * @param parse writes the arguments after the name
 * @param transformReply one of the shapes of replies.ts; gives the reply type for both protocols
 */
export function command<
  ARGS extends unknown[], TRANSFORM extends ReplyTransform, NAME extends string, UPPER extends string = UpperName<NAME>,
>(
  name: NAME,
  parse: (parser: CommandParser, ...args: ARGS) => unknown,
  transformReply: TRANSFORM,
  traits?: CommandTraits<UPPER>,
): BuiltInCommand<ARGS, TRANSFORM, UPPER> {
  const words = name.split(' ');
  return {
    name,
    upper: traits?.upper ?? upperName(name) as UPPER,
    parseCommand: withName(words, parse as Parse),
    transformReply,
    IS_READ_ONLY: isReadOnly(name),
    CACHEABLE: isCacheable(name),
    TRANSFORM_LEGACY_REPLY: traits?.transformsLegacyReply,
  };
}

/** A table of commands by camel-case method name. */
export type CommandTable = Readonly<Record<string, AnyBuiltInCommand>>;
