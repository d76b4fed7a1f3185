/** A server that is asked for the raw replies of calls, in both protocols. */
import { COMMAND_TABLE } from '../../lib/commands';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { RawClient } from '../support/raw-client';
import type { RespError, RespValue } from '../support/resp';
import { startServer, type TestServer } from '../support/server';
import { DATA } from './reply-cases';

/** A raw reply, and what its call keeps for the transform. */
export interface RawReply {
  readonly raw: RespValue;
  readonly preserve: unknown;
}

export class ReplySource {
  private constructor(private readonly server: TestServer, private readonly connections: Record<2 | 3, RawClient>) {}

  static async start(): Promise<ReplySource> {
    const server = await startServer();
    const connections = {} as Record<2 | 3, RawClient>;
    for (const resp of [2, 3] as const) {
      connections[resp] = await RawClient.connect({ port: server.port });
      await connections[resp].call('HELLO', resp);
    }
    return new ReplySource(server, connections);
  }

  async stop(): Promise<void> {
    for (const connection of Object.values(this.connections)) connection.close();
    await this.server.stop();
  }

  /** Calls a command on the data of {@link DATA}. An error is a value. */
  async replyOf(resp: 2 | 3, method: string, args: readonly unknown[]): Promise<RawReply> {
    const connection = this.connections[resp];
    await connection.call('FLUSHALL');
    for (const call of DATA) await connection.call(...call);
    const parser = new BasicCommandParser();
    COMMAND_TABLE[method].parseCommand(parser, ...args);
    const raw = await connection.call(...parser.redisArgs).catch((error: RespError) => error);
    return { raw, preserve: parser.preserve };
  }
}
