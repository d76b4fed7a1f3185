/** Runs Lua scripts with EVALSHA, and with EVAL if the server does not have them. */
import { scriptCommands } from '../../commands/script';
import type { Method } from '../../commands/attach';
import { ErrorReply } from '../../errors';
import { copyOfBytes } from '../../wire/bytes';
import type { Command, RedisScript } from '../../wire/command';
import type { CommandParser, RedisArgument } from '../../wire/command-parser';
import type { EncodedCommand } from '../../wire/link-types';
import { beginEncoding, takeEncoded } from '../encoding/encoded-command';
import type { CommandTarget } from './runner';

type Parse = (parser: CommandParser, ...args: unknown[]) => void;

/** An object with script methods. */
interface ScriptTarget {
  readonly _self: { readonly _keyPrefix: RedisArgument | undefined };
}

/** Returns the method of a script for clients, or for the objects whose commands `run` sends. */
export function scriptMethod<TARGET extends ScriptTarget = CommandTarget>(
  script: RedisScript, run: (target: TARGET, command: EncodedCommand) => Promise<unknown> = runEncoded as never,
): Method {
  const { bySha, byText } = scriptCommands(script);
  const parse = bySha.parseCommand as Parse;
  return async function (this: TARGET, ...args: unknown[]): Promise<unknown> {
    const encoder = beginEncoding(this._self._keyPrefix);
    parse(encoder, ...args);
    const sent = takeEncoded(encoder, bySha);
    try {
      return await run(this, sent);
    } catch (error) {
      if (!(error instanceof ErrorReply) || error.kind !== 'NOSCRIPT') throw error;
      return run(this, withText(sent, byText, script.SCRIPT));
    }
  };
}

/** Sends an encoded command. @throws (rejects) if the client refuses it */
export async function runEncoded(client: CommandTarget, command: EncodedCommand): Promise<unknown> {
  return client._self._runner.runEncoded(command, client._commandOptions);
}

/**
 * Converts a sent EVALSHA command to EVAL. It reuses the encoded bytes because the caller may have changed the arguments since.
 * The first two words are replaced; the number of keys and the other words stay.
 */
function withText(sent: EncodedCommand, byText: Command, text: string | Buffer): EncodedCommand {
  const { bytes, larges = [] } = sent;
  const headerEnd = bytes.indexOf('\n') + 1;
  const rest = endOfWord(bytes, endOfWord(bytes, headerEnd));
  const body = typeof text === 'string' ? Buffer.from(text) : copyOfBytes(text);
  const head = [bytes.subarray(0, headerEnd), Buffer.from(`$4\r\nEVAL\r\n$${body.length}\r\n`), body, Buffer.from('\r\n')];
  const longer = head.reduce((sum, { length }) => sum + length, -rest);
  return {
    ...sent,
    command: byText,
    name: 'EVAL',
    bytes: Buffer.concat([...head, bytes.subarray(rest)]),
    keyAt: sent.keyAt < 0 ? sent.keyAt : sent.keyAt + longer,
    larges: larges.map((large) => ({ ...large, at: large.at + longer })),
    length: sent.length + longer,
  };
}

/** Returns the offset after the bulk string at `start`. */
function endOfWord(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf('\r', start);
  return lineEnd + 2 + Number(bytes.toString('latin1', start + 1, lineEnd)) + 2;
}
