import { connect, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { certificate, type CertificateName } from '../support/certificates';
import { freePort } from '../support/free-port';
import { resetSocket } from '../support/reset-socket';
import { RespDecoder } from '../support/resp';
import { Lane, type Shape } from './lane';

/** What becomes of new connections. */
export type Greeting =
  | { kind: 'forward' }
  | { kind: 'close' }
  | { kind: 'reset' }
  /** Accepted, and nothing more. */
  | { kind: 'silence' }
  /** Every command is answered so, and none reaches the server. */
  | { kind: 'refusal'; reply: string }
  /** Cut after so many bytes to the client. */
  | { kind: 'truncate'; bytes: number }
  /** The first bytes to the client are late, ms. */
  | { kind: 'late'; delay: number };

export type Ending = 'fin' | 'rst';

/** A connection through the proxy. */
export class ChaosPair {
  readonly toServer: Lane;
  readonly toClient: Lane;

  constructor(
    /** What TLS lies on, or the same as `client`. */
    readonly raw: Socket,
    readonly client: Socket,
    readonly server: Socket | undefined,
  ) {
    this.toServer = new Lane(server ?? client, false);
    this.toClient = new Lane(client, true);
  }

  /** Ends both sides: in order, or with a reset to the client. */
  close(how: Ending): void {
    this.server?.destroy();
    if (how === 'rst') {
      resetSocket(this.raw);
      this.client.destroy();
    } else {
      this.client.resume();
      this.client.end(() => this.client.destroySoon());
    }
  }

  lanes(which: 'toServer' | 'toClient' | 'both'): Lane[] {
    if (which === 'both') return [this.toServer, this.toClient];
    return [this[which]];
  }
}

const STRAIGHT: Shape = { delay: 0, piece: 0, gather: 1 };

/** A proxy, with or without TLS towards the client, that does what networks and servers do on bad days. */
export class ChaosProxy {
  readonly pairs = new Set<ChaosPair>();
  greeting: Greeting = { kind: 'forward' };
  shape: Shape = STRAIGHT;
  port = 0;
  accepted = 0;
  private server: Server;
  private readonly sockets = new Set<Socket>();
  private context: SecureContext | undefined;

  constructor(private readonly target: number, tls: boolean) {
    if (tls) this.present('server');
    this.server = this.newServer();
  }

  /** Listens on a free port at first, on the same one later. */
  async listen(): Promise<void> {
    // Not one of those that outgoing connections are given: it must be free again after a pause.
    if (this.port === 0) this.port = await freePort();
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  /** Refuses new connections; open ones go on. */
  refuse(): void {
    this.server.close();
    this.server = this.newServer();
  }

  /** Shows another certificate from now on. */
  present(name: CertificateName): void {
    const { cert, key } = certificate(name);
    this.context = createSecureContext({ cert, key });
  }

  /** Passes bytes on in another way, on open and new connections. */
  shapeAll(shape: Partial<Shape>): void {
    this.shape = { ...STRAIGHT, ...shape };
    for (const pair of this.pairs) for (const lane of pair.lanes('both')) lane.shape = this.shape;
  }

  closeAll(how: Ending): void {
    for (const pair of this.pairs) pair.close(how);
  }

  /** Local ports of the connections to the server: by them it knows its clients. */
  get serverSidePorts(): number[] {
    return [...this.pairs].flatMap(({ server }) => (server?.localPort === undefined ? [] : [server.localPort]));
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private newServer(): Server {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.on('connection', (socket: Socket) => this.greet(socket));
    return server;
  }

  private greet(raw: Socket): void {
    this.accepted++;
    this.keep(raw);
    const { greeting } = this;
    if (greeting.kind === 'close') return void raw.end(() => raw.destroySoon());
    if (greeting.kind === 'reset') return resetSocket(raw);
    const client = this.context === undefined ? raw : new TLSSocket(raw, { isServer: true, secureContext: this.context });
    if (client !== raw) this.keep(client);
    if (greeting.kind === 'silence') return void raw.resume();
    if (greeting.kind === 'refusal') return answerAll(client, greeting.reply);
    this.join(new ChaosPair(raw, client, this.keep(connect({ port: this.target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }))), greeting);
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }

  private join(pair: ChaosPair, greeting: Greeting): void {
    this.pairs.add(pair);
    const { client, toServer, toClient } = pair;
    const server = pair.server as Socket;
    for (const lane of pair.lanes('both')) lane.shape = this.shape;
    if (greeting.kind === 'truncate') toClient.cutAfter(greeting.bytes, () => pair.close('fin'));
    if (greeting.kind === 'late') {
      toClient.stall();
      setTimeout(() => toClient.goOn(), greeting.delay);
    }
    client.on('data', (chunk: Buffer) => toServer.push(chunk));
    server.on('data', (chunk: Buffer) => toClient.push(chunk));
    client.on('end', () => toServer.end());
    server.on('end', () => toClient.end());
    const over = (other: Socket, lane: Lane) => (failed: boolean): void => {
      if (failed) other.destroy();
      else lane.end();
      if (client.destroyed && server.destroyed) this.pairs.delete(pair);
    };
    client.on('close', over(server, toServer));
    server.on('close', over(client, toClient));
  }
}

function answerAll(client: Socket, reply: string): void {
  const decoder = new RespDecoder(true);
  client.on('end', () => client.end());
  client.on('data', (chunk: Buffer) => {
    const count = decoder.push(chunk).length;
    if (client.writable) client.write(reply.repeat(count));
  });
}
