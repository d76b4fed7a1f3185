import type { Command, RedisFunction } from '../wire/command';
import type { CommandParser } from '../wire/command-parser';

type Parse = (parser: CommandParser, ...args: unknown[]) => void;

/**
 * Creates the command that calls a function of a loaded library: `FCALL name [numkeys] …`, or `FCALL_RO` for a
 * read-only one. Without `NUMBER_OF_KEYS`, the function's own `parseCommand` must write the number of keys.
 * @param name the function's name on the server
 */
export function functionCommand(name: string, definition: RedisFunction): Command {
  const word = definition.IS_READ_ONLY ? 'FCALL_RO' : 'FCALL';
  const parse = definition.parseCommand as Parse;
  const numberOfKeys = definition.NUMBER_OF_KEYS?.toString();
  return {
    ...definition,
    name: word,
    parseCommand(parser: CommandParser, ...args: unknown[]): void {
      parser.push(word, name);
      if (numberOfKeys !== undefined) parser.push(numberOfKeys);
      parse(parser, ...args);
    },
  };
}

/** Applies {@link functionCommand} to a table `{library: {name: definition}}`. */
export function functionCommands(
  libraries: Readonly<Record<string, Readonly<Record<string, RedisFunction>>>>,
): Record<string, Record<string, Command>> {
  return Object.fromEntries(Object.entries(libraries).map(([library, functions]) => [
    library,
    Object.fromEntries(Object.entries(functions).map(([name, definition]) => [name, functionCommand(name, definition)])),
  ]));
}
