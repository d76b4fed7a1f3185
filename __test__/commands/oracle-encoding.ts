/** What a call sends, or says, here and in npm redis: the bytes of both encoders, without a connection. */
import { COMMAND_TABLE } from '../../lib/commands';
import { CommandEncoder } from '../../lib/wire/encoder';

type Words = (string | Buffer)[];

interface OracleParser {
  redisArgs: Words;
  keys: Words;
}

/* eslint-disable @typescript-eslint/no-require-imports -- deep imports of a package without types for them */
const oracle = {
  commands: require('@redis/client/dist/lib/commands').default as Record<string, { parseCommand(parser: OracleParser, ...args: unknown[]): void }>,
  Parser: require('@redis/client/dist/lib/client/parser').BasicCommandParser as new () => OracleParser,
  encode: require('@redis/client/dist/lib/RESP/encoder').default as (words: Words) => Words,
};
/* eslint-enable */

/** The bytes of a command and of its keys, as latin1; or the error. */
export type Outcome = { sent: string; keys: string[] } | { error: string };

const encoder = new CommandEncoder(Buffer.allocUnsafe(64 * 1024));

export function ourOutcome(method: string, args: readonly unknown[]): Outcome {
  try {
    encoder.begin();
    COMMAND_TABLE[method].parseCommand(encoder, ...args);
    encoder.end();
    return { sent: encoder.buffer.toString('latin1', encoder.start, encoder.position), keys: encoder.keys.map(latin1) };
  } catch (error) {
    return { error: described(error) };
  }
}

export function theirOutcome(method: string, args: readonly unknown[]): Outcome {
  try {
    const parser = new oracle.Parser();
    oracle.commands[method].parseCommand(parser, ...args);
    const sent = oracle.encode(parser.redisArgs).map(latin1).join('');
    return { sent, keys: parser.keys.map(latin1) };
  } catch (error) {
    return { error: described(error) };
  }
}

function latin1(word: string | Buffer): string {
  return Buffer.from(word as string).toString('latin1');
}

/** Class and message. What V8 says of undefined and of what cannot be called names the expressions of the code, which are nobody's contract. */
function described(error: unknown): string {
  const { constructor, message } = error as Error;
  const said = message
    // npm redis says object of all of these.
    .replace(/got (null|array|String|Date|Map|Set|Promise|[A-Za-z0-9]+Array) instead/, 'got object instead')
    .replace(/^Cannot destructure property '(\w+)' of .* as it is (undefined|null)\.$/, "Cannot read properties of $2 (reading '$1')")
    .replace(/^.*(?= is not (?:a function|iterable))/, '…');
  return `${constructor.name}: ${said}`;
}
