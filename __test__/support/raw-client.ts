import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { encodeCommand, type RespArgument, RespDecoder, RespError, RespPush, type RespValue } from './resp';

/** Where to connect: a port of the loopback interface or the path of a UNIX socket. */
export interface RawClientOptions {
  port?: number;
  path?: string;
  tls?: ConnectionOptions;
  password?: string | undefined;
}

/** How long an attempt may take, ms. */
const PATIENCE = 5000;

/** A plain RESP connection: what tests look at a server with, independent of the client under test. */
export class RawClient {
  /** Pushes in the order of their arrival (RESP3 only: send HELLO 3 first). */
  readonly pushes: RespValue[][] = [];
  private readonly waiting: { resolve: (value: RespValue) => void; reject: (error: Error) => void }[] = [];
  private readonly decoder = new RespDecoder();

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error('the raw connection was closed'));
    });
  }

  /** Connects, and authenticates if there is a password. */
  static async connect({ port, path, tls, password }: RawClientOptions): Promise<RawClient> {
    const where = path === undefined ? { port: port ?? 0, host: '127.0.0.1' } : { path };
    const socket: Socket = tls ? connectTls({ ...where, ...tls }) : connectTcp(where);
    // A server that is killed just now may leave an attempt without an answer.
    const timer = setTimeout(() => socket.destroy(new Error('the raw connection was not made')), PATIENCE);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once(tls ? 'secureConnect' : 'connect', resolve);
        socket.once('error', reject);
      });
    } finally {
      clearTimeout(timer);
    }
    socket.setNoDelay(true);
    const client = new RawClient(socket);
    if (password !== undefined) await client.call('AUTH', password);
    return client;
  }

  /** Sends a command. @throws RespError for an error reply, Error if the connection is lost */
  call(...args: RespArgument[]): Promise<RespValue> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('the raw connection is closed'));
      this.waiting.push({ resolve, reject });
      this.socket.write(encodeCommand(args));
    });
  }

  /** Closes the connection at once. */
  close(): void {
    this.socket.destroy();
  }

  private received(chunk: Buffer): void {
    for (const value of this.decoder.push(chunk)) {
      if (value instanceof RespPush) {
        this.pushes.push(value.values);
        continue;
      }
      const waiting = this.waiting.shift();
      if (value instanceof RespError) waiting?.reject(value);
      else waiting?.resolve(value);
    }
  }
}
