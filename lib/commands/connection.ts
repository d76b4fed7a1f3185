import type { CommandParser, RedisArgument } from '../wire/command-parser';
import type { BlobStringReply, RespVersions, SimpleStringReply } from '../wire/resp-types';
import { none } from './args';
import { command } from './command';
import type { AuthOptions } from './keys';
import * as reply from './replies';
import { hello } from './server-replies';

export interface HelloOptions {
  protover?: RespVersions;
  AUTH?: { username: RedisArgument; password: RedisArgument };
  /** Name of the connection. */
  SETNAME?: string;
}

function pushHello(c: CommandParser, protover?: RespVersions, options?: HelloOptions): void {
  if (!protover) return;
  c.push(protover.toString());
  if (options?.AUTH) c.push('AUTH', options.AUTH.username, options.AUTH.password);
  if (options?.SETNAME !== undefined) c.push('SETNAME', options.SETNAME);
}

/**
 * A RESP2 subscriber gets a pair, `['pong', text]`, as the reply to PING. It becomes the text, or `'pong'` if that is
 * empty.
 */
const pong = {
  2: (answer: unknown): SimpleStringReply | BlobStringReply => {
    const [word, text] = Array.isArray(answer) ? answer as [string | Buffer, string | Buffer] : [answer, ''];
    return (text.length > 0 ? text : word) as SimpleStringReply | BlobStringReply;
  },
  3: reply.asIs<SimpleStringReply | BlobStringReply>(),
};

export const connection = {
  /**
   * Tells a cluster node to accept the next command for a slot that it is importing (sent after an ASK redirection).
   */
  asking: command('ASKING', none, reply.ok),
  /**
   * Authenticates this connection. The client does not store the credentials: after a reconnect it uses those of its
   * options.
   */
  auth: command('AUTH', (c, { username, password }: AuthOptions) => {
    if (username !== undefined) c.push(username, password);
    else c.push(password);
  }, reply.ok),
  /** Returns its argument. */
  echo: command('ECHO', (c, message: RedisArgument) => c.push(message), reply.blob),
  /**
   * Returns information about the server as an object. Do not switch the protocol of an open client: use the `RESP`
   * option.
   */
  hello: command('HELLO', pushHello, hello),
  /** Returns `'PONG'`, or `message` if it is given. */
  ping: command('PING', (c, message?: RedisArgument) => {
    if (message !== undefined) c.push(message);
  }, pong),
  /** Allows reads on this connection to a cluster replica. */
  readonly: command('READONLY', none, reply.simpleString),
  /** Returns the server's time as strings: Unix time in seconds, and the microseconds within that second. */
  time: command('TIME', none, reply.asIs<[
    unixTimestamp: BlobStringReply<`${number}`>, microseconds: BlobStringReply<`${number}`>,
  ]>()),
};
