// Turns command tables into methods of a client, a pool or a multi builder. The owner of the prototype supplies how a
// command runs.
import type { CommandParser, FrameParser } from '../wire/command-parser';
import { WordFrame } from '../wire/word-frame';
import type { Command } from '../wire/command';
import { explained } from './bad-arguments';
import { namedParseOf, type CommandTable } from './command';
import { ArgumentWatch } from './ignored-arguments';

/**
 * How the methods of a class run a command. `submit` directly follows `begin`: no other command is encoded in between.
 */
export interface Invocation<TARGET> {
  /** Returns the parser that the next command is written to. */
  begin(target: TARGET): FrameParser;
  /** Sends or queues the command that was written. Returns the result of the method. */
  submit(target: TARGET, parser: CommandParser, command: Command): unknown;
  /** Handles an error of `parseCommand` (bad arguments). Returns the result of the method, or throws. */
  refuse(target: TARGET, error: unknown): unknown;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- methods of any target with any arguments
export type Method = (this: any, ...args: any[]) => unknown;

/** Creates the method of a command. */
export type MakeMethod = (command: Command, name: string) => Method;

type Parse = (parser: CommandParser, ...args: unknown[]) => void;

/** Creates methods that write their arguments with the command's `parseCommand` and pass them to the invocation. */
export function methodMaker<TARGET>({ begin, submit, refuse }: Invocation<TARGET>): MakeMethod {
  return (command, method) => {
    const named = namedParseOf(command.parseCommand);
    if (named !== undefined) {
      const { name, parse } = named;
      let frame: WordFrame | undefined;
      let watch: ArgumentWatch | undefined;
      // Calls with at least this many arguments are checked. At first that is the number of parameters of the command;
      // later calls are checked only if they have more.
      let examined = Math.max(parse.length - 1, 1);
      // Uses a rest parameter: functions with a fixed number of parameters were measured to be no faster, and
      // user-defined commands may have default parameters.
      return function (this: TARGET, ...args: unknown[]) {
        // The arguments are spread, because passing them as an array would allocate one per call.
        if (args.length >= examined) examined = (watch ??= new ArgumentWatch(method, name, parse)).examine(...args);
        const parser = begin(this);
        try {
          // Created at the first call: most commands are never called.
          parser.pushFrame((frame ??= new WordFrame(name)));
          parse(parser, ...args);
        } catch (error) {
          return refuse(this, explained(command, args, error));
        }
        return submit(this, parser, command);
      };
    }
    const parse = command.parseCommand as Parse;
    return function (this: TARGET, ...args: unknown[]) {
      const parser = begin(this);
      try {
        parse(parser, ...args);
      } catch (error) {
        return refuse(this, explained(command, args, error));
      }
      return submit(this, parser, command);
    };
  };
}

/**
 * Makes adding many properties to a prototype cheap. V8 creates a new hidden class, with a copy of the old one, for
 * each property that is added to a prototype, which took 40 ms for 1,200 methods. Deleting a property makes V8 switch
 * the object to dictionary mode, in which adding them takes 1 ms. The first call of a method makes the object fast
 * again.
 */
function expectManyProperties(target: object): void {
  const [first, second] = [Symbol('first'), Symbol('second')];
  Object.assign(target, { [first]: 1, [second]: 2 });
  Reflect.deleteProperty(target, first);
  Reflect.deleteProperty(target, second);
}

function defineMethod(target: object, name: string, method: Method): void {
  Object.defineProperty(target, name, { value: method, configurable: true, enumerable: false, writable: true });
}

/** Attaches every command of a table, under its camel-case and its upper-case name. */
export function attachCommands(target: object, table: CommandTable, makeMethod: MakeMethod): void {
  expectManyProperties(target);
  for (const name of Object.keys(table)) {
    const command = table[name];
    const method = makeMethod(command as Command, name);
    defineMethod(target, name, method);
    if (command.upper !== name) defineMethod(target, command.upper, method);
  }
}

/** Attaches user-defined commands under exactly the names that they were given. */
export function attachNamed(target: object, commands: Readonly<Record<string, Command>>, makeMethod: MakeMethod): void {
  for (const name of Object.keys(commands)) defineMethod(target, name, makeMethod(commands[name], name));
}

/** The object returned by `client.json`. Its methods run on `receiver`. */
export interface Namespace<TARGET> {
  readonly receiver: TARGET;
}

/** Derives the invocation for the methods of a namespace from the one for the methods of its receiver. */
export function onReceiver<TARGET>({ begin, submit, refuse }: Invocation<TARGET>): Invocation<Namespace<TARGET>> {
  return {
    begin: namespace => begin(namespace.receiver),
    submit: (namespace, parser, command) => submit(namespace.receiver, parser, command),
    refuse: (namespace, error) => refuse(namespace.receiver, error),
  };
}

/**
 * Attaches `{namespace: {name: command}}`. A namespace object is created when it is first read; only then are its
 * commands read, since they may have to be loaded. It belongs to the object that it was read from, so that objects
 * which inherit from a client and have other options get namespaces of their own.
 * @param makeMethod a maker for methods whose `this` is a {@link Namespace} (see {@link onReceiver})
 */
export function attachNamespaces(
  target: object,
  namespaces: Readonly<Record<string, Readonly<Record<string, Command>>>>,
  makeMethod: MakeMethod,
): void {
  for (const name of Object.keys(namespaces)) attachNamespace(target, name, () => namespaces[name], makeMethod);
}

function attachNamespace(
  target: object, name: string, commands: () => Readonly<Record<string, Command>>, makeMethod: MakeMethod,
): void {
  const slot = Symbol(name);
  let prototype: object | undefined;
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: false,
    get(this: Record<symbol, Namespace<unknown> | undefined>): Namespace<unknown> {
      const existing = this[slot];
      if (existing?.receiver === this) return existing;
      if (prototype === undefined) {
        prototype = {};
        attachNamed(prototype, commands(), makeMethod);
      }
      const namespace = Object.create(prototype, { receiver: { value: this } }) as Namespace<unknown>;
      Object.defineProperty(this, slot, { value: namespace, configurable: true });
      return namespace;
    },
  });
}
