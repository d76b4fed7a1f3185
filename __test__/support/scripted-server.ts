import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit } from './cleanup';
import { certificate } from './certificates';
import { resetSocket } from './reset-socket';
import { reply, RespDecoder } from './resp';

/** What a handler returns to answer a command with nothing at all. */
export const SILENCE = Symbol('no reply');

/** Raw bytes to answer with, `SILENCE`, or undefined for the default answer. */
export type Answer = string | Buffer | typeof SILENCE | undefined | void;

/** How a scripted server behaves. */
export interface ScriptedServerOptions {
  /** Answers a command; see `Answer`. Commands of a connection are handled one after another. */
  onCommand?: (command: string[], connection: ScriptedConnection) => Answer | Promise<Answer>;
  /** Called for each accepted connection (with TLS: after the handshake), before any command. */
  onConnection?: (connection: ScriptedConnection) => void;
  /** `true`: with the `server` test certificate; or options of node:tls. */
  tls?: boolean | TlsOptions;
  /** Listen on this UNIX socket instead of a port. */
  path?: string;
  /** Listen on this port instead of a free one. */
  port?: number;
  /** Accept connections and never read or answer. */
  mute?: boolean;
  /** `'unknown'`: HELLO is an unknown command, as before Redis 6. Default: HELLO works. */
  hello?: 'unknown';
}

/** A connection to a scripted server. */
export class ScriptedConnection {
  /** Every command received, as strings of one character for each byte (latin1). */
  readonly commands: string[][] = [];
  /** Settles when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  /** The protocol version that HELLO has chosen. */
  protocol: 2 | 3 = 2;

  constructor(
    /** 0 for the first connection that the server accepted. */
    readonly index: number,
    readonly socket: Socket,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
  }

  /** Writes raw bytes. */
  send(bytes: string | Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Writes raw bytes in pieces of the given size, with a pause after each (ms). */
  async sendInPieces(bytes: string | Buffer, size: number, pause = 1): Promise<void> {
    const all = Buffer.from(bytes as string);
    for (let start = 0; start < all.length; start += size) {
      this.send(all.subarray(start, start + size));
      await sleep(pause);
    }
  }

  /** Closes in order (FIN), after what was sent. */
  end(): void {
    this.socket.end();
  }

  /** Closes with a reset (RST). With TLS: at once, without a goodbye. */
  reset(): void {
    resetSocket(this.socket);
  }

  /** Stops reading: the client's writes fill the buffers and then block. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Reads again. */
  readAgain(): void {
    this.socket.resume();
  }
}

/** A server on the loopback interface that answers as a test tells it to. */
export class ScriptedServer {
  readonly connections: ScriptedConnection[] = [];
  private readonly waiting: { count: number; resolve: (connection: ScriptedConnection) => void }[] = [];
  private readonly forget: () => void;

  constructor(
    private readonly server: Server,
    private readonly options: ScriptedServerOptions,
    readonly port: number,
  ) {
    this.forget = atExit(() => this.server.close());
  }

  /** `redis://127.0.0.1:…`, or `rediss://localhost:…` with TLS. */
  get url(): string {
    return this.options.tls ? `rediss://localhost:${this.port}` : `redis://127.0.0.1:${this.port}`;
  }

  /** The path of the UNIX socket, if it listens on one. */
  get path(): string | undefined {
    return this.options.path;
  }

  /** All commands of all connections, in the order of the connections. */
  get commands(): string[][] {
    return this.connections.flatMap((connection) => connection.commands);
  }

  /** The connection that was accepted last. @throws Error if there was none */
  get last(): ScriptedConnection {
    const last = this.connections.at(-1);
    if (!last) throw new Error('nobody has connected');
    return last;
  }

  /** Waits until this many connections have been accepted since the start; returns that one. */
  connection(count: number): Promise<ScriptedConnection> {
    const there = this.connections[count - 1];
    if (there) return Promise.resolve(there);
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Closes every connection (RST with `reset`), and goes on accepting. */
  closeConnections(reset = false): void {
    for (const connection of this.connections) {
      if (reset) connection.reset();
      else connection.socket.destroy();
    }
  }

  /** Closes every connection and the port. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.closeConnections();
    await closed;
    this.forget();
  }

  /** @internal */
  accept(socket: Socket): void {
    const connection = new ScriptedConnection(this.connections.length, socket);
    this.connections.push(connection);
    if (this.options.mute) socket.pause();
    else this.listen(connection);
    this.options.onConnection?.(connection);
    for (const { resolve } of this.waiting.filter(({ count }) => count === this.connections.length)) resolve(connection);
  }

  private listen(connection: ScriptedConnection): void {
    const decoder = new RespDecoder(true);
    let turn = Promise.resolve();
    connection.socket.on('data', (chunk: Buffer) => {
      for (const value of decoder.push(chunk)) {
        const command = (value as string[]).map(String);
        turn = turn.then(() => this.answer(command, connection));
      }
    });
  }

  private async answer(command: string[], connection: ScriptedConnection): Promise<void> {
    connection.commands.push(command);
    const answer = (await this.options.onCommand?.(command, connection)) ?? this.defaultAnswer(command, connection);
    if (answer !== SILENCE) connection.send(answer);
  }

  private defaultAnswer(command: string[], connection: ScriptedConnection): string | Buffer {
    switch ((command[0] ?? '').toUpperCase()) {
      case 'HELLO':
        return this.hello(command, connection);
      case 'PING':
        return command[1] === undefined ? reply.simple('PONG') : reply.bulk(Buffer.from(command[1], 'latin1'));
      case 'ECHO':
        return reply.bulk(Buffer.from(command[1] ?? '', 'latin1'));
      default:
        return reply.ok;
    }
  }

  private hello(command: string[], connection: ScriptedConnection): string | Buffer {
    if (this.options.hello === 'unknown') {
      return reply.error(`ERR unknown command 'HELLO', with args beginning with: '${command[1] ?? ''}' `);
    }
    if (command[1] === '2' || command[1] === '3') connection.protocol = command[1] === '3' ? 3 : 2;
    const text = (value: string): Buffer => reply.bulk(value);
    const fields = [
      ...[text('server'), text('redis'), text('version'), text('7.0.15'), text('proto'), reply.integer(connection.protocol)],
      ...[text('id'), reply.integer(connection.index + 1), text('mode'), text('standalone'), text('role'), text('master')],
      ...[text('modules'), reply.array([])],
    ];
    return connection.protocol === 3 ? reply.map(fields) : reply.array(fields);
  }
}

/** Starts a scripted server; without a script it says OK to everything and knows HELLO, PING and ECHO. */
export async function startScriptedServer(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const server = options.tls ? createTlsServer(tlsOptions(options.tls)) : createServer();
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.path !== undefined) server.listen(options.path, resolve);
    else server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const scripted = new ScriptedServer(server, options, typeof address === 'object' && address ? address.port : 0);
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => scripted.accept(socket));
  return scripted;
}

function tlsOptions(tls: true | TlsOptions): TlsOptions {
  if (tls !== true) return tls;
  const { cert, key } = certificate('server');
  return { cert, key };
}
