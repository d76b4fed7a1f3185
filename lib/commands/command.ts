import type { CommandParser } from '../wire/command-parser';
import type { TransformReply } from '../wire/command';
import { isCacheable, isReadOnly } from './metadata';

/** The `transformReply` of a command; with `undefined` the decoded reply is returned as it is. */
export type ReplyTransform = TransformReply | { 2: TransformReply | undefined; 3: TransformReply | undefined } | undefined;

/** A built-in command: the command type of node-redis with additions for attaching methods. */
export interface BuiltInCommand<ARGS extends unknown[], TRANSFORM, UPPER extends string = string> {
  /** Name sent to the server; words are separated by a space: `'XINFO STREAM'`. */
  readonly name: string;
  /** The upper-case method name: `'XINFO_STREAM'`; without the prefix of a module (`FT.CONFIG GET` is `CONFIG_GET`). */
  readonly upper: UPPER;
  /** Writes the whole command, including its name. */
  readonly parseCommand: (this: void, parser: CommandParser, ...args: ARGS) => void;
  readonly transformReply: TRANSFORM;
  /** Whether the command may run on a replica. */
  readonly IS_READ_ONLY: boolean;
  /** Whether a client-side cache may store the reply. */
  readonly CACHEABLE: boolean;
  /** Whether the callback API transforms the reply too. */
  readonly TRANSFORM_LEGACY_REPLY?: boolean;
}

/** A built-in command with any arguments and reply. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a type that is contravariant in its arguments
export type AnyBuiltInCommand = BuiltInCommand<any[], unknown>;

/** Converts `XINFO STREAM` to `XINFO_STREAM`. */
type Underscored<WORDS extends string> = WORDS extends `${infer FIRST} ${infer REST}` ? `${FIRST}_${Underscored<REST>}` : WORDS;

/** The upper-case method name of a command name; see {@link upperName}. */
type UpperName<NAME extends string> = Underscored<NAME extends `${string}.${infer REST}` ? REST : NAME>;

/**
 * The commands of a table by their upper-case method names. These properties have no comments, because editors read
 * comments from declarations; `tools/declarations`, which writes the declarations for users, adds them.
 */
export type UpperCased<TABLE> = {
  [P in keyof TABLE as TABLE[P] extends BuiltInCommand<never, unknown, infer UPPER> ? UPPER : never]: TABLE[P];
};

/** Optional properties of a command declaration, besides name, arguments and reply. */
export interface CommandTraits<UPPER extends string> {
  /** The upper-case method name, if it is not the command name with underscores. */
  readonly upper?: UPPER;
  /** See {@link BuiltInCommand.TRANSFORM_LEGACY_REPLY}. */
  readonly transformsLegacyReply?: boolean;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- arguments are checked by the declared type, not here
type Parse = (parser: CommandParser, ...args: any[]) => unknown;

/** The two parts of a `parseCommand`: the name, and the function that writes the rest. */
export interface NamedParse {
  readonly name: string;
  readonly parse: Parse;
}

/** The parts of all built-in commands whose name is one word. */
const namedParses = new WeakMap<object, NamedParse>();

/**
 * Returns the parts of a `parseCommand`, if known: methods that write both parts themselves save a function call for
 * each command.
 */
export function namedParseOf(parseCommand: object): NamedParse | undefined {
  return namedParses.get(parseCommand);
}

/** The `parseCommand` functions of all built-in commands. */
const builtIn = new WeakSet<object>();

/** Whether this is the `parseCommand` of a built-in command, on whatever object it is found. */
export function isBuiltIn(parseCommand: object): boolean {
  return builtIn.has(parseCommand);
}

/** Returns a function that writes the command name and then calls `parse`. */
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

/** Returns the upper-case method name of a command. */
function upperName(name: string): string {
  return name.slice(name.indexOf('.') + 1).replaceAll(' ', '_');
}

/**
 * Declares a built-in command.
 * @param name command name, words separated by spaces; flags, policies and the upper-case method name follow from it
 * @param parse writes the arguments after the name
 * @param transformReply one of the shapes of replies.ts, which determines the reply type in both protocols
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
