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

/** A RESP2 subscriber answers PING with a pair, `['pong', text]`: it gets the text, or `'pong'`. */
const pong = {
  2: (answer: unknown): SimpleStringReply | BlobStringReply => {
    const [word, text] = Array.isArray(answer) ? answer as [string | Buffer, string | Buffer] : [answer, ''];
    return (text.length > 0 ? text : word) as SimpleStringReply | BlobStringReply;
  },
  3: reply.asIs<SimpleStringReply | BlobStringReply>(),
};

export const connection = {
  /** Tells a cluster node that the next command may use a slot that it is importing. */
  asking: command('ASKING', none, reply.ok),
  /** Authenticates this connection. Not remembered: a reconnect uses the client's options again. */
  auth: command('AUTH', (c, { username, password }: AuthOptions) => {
    if (username !== undefined) c.push(username, password);
    else c.push(password);
  }, reply.ok),
  /** Returns its argument. */
  echo: command('ECHO', (c, message: RedisArgument) => c.push(message), reply.blob),
  /** Describes the server. Switching the protocol of a live client confuses its replies: use the `RESP` option. */
  hello: command('HELLO', pushHello, hello),
  /** Returns `'PONG'`, or the message. */
  ping: command('PING', (c, message?: RedisArgument) => {
    if (message !== undefined) c.push(message);
  }, pong),
  /** Lets a replica of a cluster serve reads on this connection. */
  readonly: command('READONLY', none, reply.simpleString),
  /** Returns the server's time: Unix time in seconds, and microseconds within it, both as strings. */
  time: command('TIME', none, reply.asIs<[
    unixTimestamp: BlobStringReply<`${number}`>, microseconds: BlobStringReply<`${number}`>,
  ]>()),
};
