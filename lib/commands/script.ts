import { createHash } from 'node:crypto';
import type { Command, RedisScript, RedisScriptConfig, SHA1 } from '../wire/command';
import type { CommandParser } from '../wire/command-parser';

type Parse = (parser: CommandParser, ...args: unknown[]) => void;

/** Returns the name of a script on the server: the SHA-1 of its text as 40 hexadecimal digits. */
export function scriptSha1(script: RedisScriptConfig['SCRIPT']): string {
  return createHash('sha1').update(script).digest('hex');
}

/** Adds the SHA-1 of its text to a script definition, for the `scripts` option of a client. */
export function defineScript<SCRIPT extends RedisScriptConfig>(script: SCRIPT): SCRIPT & SHA1 {
  return { ...script, SHA1: scriptSha1(script.SCRIPT) };
}

function runs(word: string, body: string | Buffer, script: RedisScript): Command {
  const parse = script.parseCommand as Parse;
  const numberOfKeys = script.NUMBER_OF_KEYS?.toString();
  return {
    ...script,
    name: word,
    parseCommand(parser: CommandParser, ...args: unknown[]): void {
      parser.push(word, body);
      if (numberOfKeys !== undefined) parser.push(numberOfKeys);
      parse(parser, ...args);
    },
  };
}

/**
 * The two commands that run a script. Without `NUMBER_OF_KEYS`, the script's own `parseCommand` must write the number
 * of keys.
 */
export interface ScriptCommands {
  /**
   * By digest: `EVALSHA[_RO] sha [numkeys] …`. The server replies with a `NOSCRIPT` error if it does not have the
   * script.
   */
  readonly bySha: Command;
  /** By text, which also loads the script: `EVAL text [numkeys] …`, for read-only scripts too. */
  readonly byText: Command;
}

/** Creates the commands of a script. */
export function scriptCommands(script: RedisScript): ScriptCommands {
  return {
    bySha: runs(script.IS_READ_ONLY ? 'EVALSHA_RO' : 'EVALSHA', script.SHA1, script),
    byText: runs('EVAL', script.SCRIPT, script),
  };
}
