/** What the commands take, here and in npm redis: read by the compiler for tests that make arguments from types. */
import type theirs from '@redis/client/dist/lib/commands';
import type { CamelCaseCommands } from '../../lib/commands';

/** The arguments behind the parser. */
type ArgumentsOf<COMMAND> = COMMAND extends { parseCommand: (...args: infer ALL) => unknown }
  ? (ALL extends [unknown, ...infer ARGS] ? ARGS : never)
  : never;

export type Ours = { [P in keyof CamelCaseCommands]: ArgumentsOf<CamelCaseCommands[P]> };
export type Theirs = { [P in keyof typeof theirs & keyof CamelCaseCommands]: ArgumentsOf<(typeof theirs)[P]> };
