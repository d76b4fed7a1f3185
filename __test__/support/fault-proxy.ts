import { connect, createServer, type Server, type Socket } from 'node:net';
import { atExit } from './cleanup';
import { resetSocket } from './reset-socket';

/** Which way bytes flow. */
export type Direction = 'toServer' | 'toClient';

/** Where the proxy forwards to. */
export interface FaultProxyOptions {
  /** Port of the real server on the loopback interface. */
  port?: number;
  /** Or its UNIX socket. */
  path?: string;
}

/** A cut that has been ordered. */
interface Cut {
  direction: Direction;
  bytes: number;
  reset: boolean;
  /** Connections still to be cut. */
  times: number;
}

/** Bytes, or the end of the stream, on their way. */
interface Parcel {
  /** `undefined`: the sender has closed. */
  chunk: Buffer | undefined;
  /** When it may arrive: ms of `performance.now()`. */
  due: number;
}

/** A connection through the proxy: both its sockets and what has been forwarded so far. */
class Pair {
  /** Bytes forwarded each way. */
  readonly forwarded: Record<Direction, number> = { toServer: 0, toClient: 0 };
  /** What has been received and not yet forwarded, because of a delay or a black hole. */
  readonly queues: Record<Direction, Parcel[]> = { toServer: [], toClient: [] };
  cut: Cut | undefined;
  done = false;

  constructor(
    readonly client: Socket,
    readonly server: Socket,
  ) {}

  target(direction: Direction): Socket {
    return direction === 'toServer' ? this.server : this.client;
  }

  /** Ends both sides in order (FIN after what was written), or at once with a reset. */
  close(reset: boolean): void {
    this.done = true;
    for (const socket of [this.client, this.server]) {
      if (reset) resetSocket(socket);
      else if (!socket.destroyed) {
        // What still comes in is dropped: closing with unread bytes would turn the FIN into a reset.
        socket.resume();
        socket.end();
        setTimeout(() => socket.destroy(), 500).unref();
      }
    }
  }
}

/** A TCP proxy on the loopback interface that breaks connections in the ways that networks do. */
export class FaultProxy {
  /** Connections accepted since the start. */
  accepted = 0;
  /** Bytes forwarded each way since the start. */
  readonly forwarded: Record<Direction, number> = { toServer: 0, toClient: 0 };
  private readonly pairs = new Set<Pair>();
  private readonly delays: Record<Direction, number> = { toServer: 0, toClient: 0 };
  private cut: Cut | undefined;
  private hole = false;
  private forget: (() => void) | undefined;

  constructor(
    private server: Server,
    private readonly target: FaultProxyOptions,
    readonly port: number,
  ) {
    this.attach(server);
    this.forget = atExit(() => this.killAll());
  }

  /** `redis://127.0.0.1:…` of the proxy. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.pairs.size;
  }

  /** Delays every chunk from now on (ms, both ways unless a direction is given); 0 ends it. Order is kept. */
  delay(milliseconds: number, direction?: Direction): void {
    for (const way of direction ? [direction] : (['toServer', 'toClient'] as const)) this.delays[way] = milliseconds;
  }

  /**
   * Cuts connections made from now on after exactly this many forwarded bytes of a direction; 0 cuts before the first.
   * @param options.reset RST instead of FIN (what was forwarded before may then be lost too)
   * @param options.times how many connections are cut, 1 by default; later ones are left alone
   */
  cutAfter(bytes: number, direction: Direction, { reset = false, times = 1 } = {}): void {
    this.cut = { direction, bytes, reset, times };
  }

  /** Cuts the connections that are open now after this many further bytes of a direction. */
  cutOpenAfter(bytes: number, direction: Direction, { reset = false } = {}): void {
    for (const pair of this.pairs) {
      pair.cut = { direction, bytes: pair.forwarded[direction] + bytes, reset, times: 1 };
      if (bytes === 0) pair.close(reset);
    }
  }

  /** Forwards nothing any more but keeps all connections open, and accepts new ones: a half-open network. */
  blackhole(): void {
    this.hole = true;
  }

  /** Ends a black hole: what was held back is forwarded. */
  heal(): void {
    this.hole = false;
    for (const pair of this.pairs) {
      this.deliver(pair, 'toServer');
      this.deliver(pair, 'toClient');
    }
  }

  /** Puts bytes of its own into every open connection, to the client unless told otherwise. */
  inject(bytes: string | Buffer, direction: Direction = 'toClient'): void {
    for (const pair of this.pairs) if (!pair.done) pair.target(direction).write(bytes);
  }

  /** Breaks every open connection: FIN, or RST with `reset`. New ones are served. */
  killAll(reset = false): void {
    for (const pair of this.pairs) pair.close(reset);
  }

  /** Stops listening: new connections are refused. Open ones go on. */
  async refuse(): Promise<void> {
    this.server.close();
    // close() waits for connections to end, but the port is free at once; one turn of the loop lets it happen.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Listens again on the same port. */
  async accept(): Promise<void> {
    this.server = await listen(this.port);
    this.attach(this.server);
  }

  /** Closes everything. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const pair of this.pairs) {
      pair.done = true;
      pair.client.destroy();
      pair.server.destroy();
    }
    await closed;
    this.forget?.();
    this.forget = undefined;
  }

  private attach(server: Server): void {
    server.on('connection', (client: Socket) => this.connected(client));
  }

  private connected(client: Socket): void {
    this.accepted += 1;
    const { port, path } = this.target;
    const server = path === undefined ? connect(port ?? 0, '127.0.0.1') : connect(path);
    const pair = new Pair(client, server);
    this.pairs.add(pair);
    if (this.cut && this.cut.times > 0) {
      this.cut.times -= 1;
      pair.cut = this.cut;
    }
    this.join(pair, client, 'toServer');
    this.join(pair, server, 'toClient');
    if (pair.cut?.bytes === 0) pair.close(pair.cut.reset);
  }

  /** Forwards what one socket receives, and its end. */
  private join(pair: Pair, from: Socket, direction: Direction): void {
    const receive = (chunk: Buffer | undefined): void => {
      pair.queues[direction].push({ chunk, due: performance.now() + this.delays[direction] });
      this.deliver(pair, direction);
    };
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('data', receive);
    from.on('close', () => {
      receive(undefined);
      if (pair.client.destroyed && pair.server.destroyed) this.pairs.delete(pair);
    });
  }

  /** Forwards what is due, in order, and comes back for what is not. */
  private deliver(pair: Pair, direction: Direction): void {
    const queue = pair.queues[direction];
    for (let head = queue[0]; head && !this.hole; head = queue[0]) {
      const wait = head.due - performance.now();
      if (wait > 0) {
        setTimeout(() => this.deliver(pair, direction), Math.ceil(wait));
        return;
      }
      queue.shift();
      if (head.chunk) this.forward(pair, direction, head.chunk);
      else pair.target(direction).end(() => pair.target(direction).destroy());
    }
  }

  private forward(pair: Pair, direction: Direction, chunk: Buffer): void {
    if (pair.done) return;
    const { cut } = pair;
    const room = cut?.direction === direction ? cut.bytes - pair.forwarded[direction] : Infinity;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    pair.forwarded[direction] += part.length;
    this.forwarded[direction] += part.length;
    if (part.length > 0) pair.target(direction).write(part);
    if (cut && part.length >= room) pair.close(cut.reset);
  }
}

/** Starts a proxy in front of a server. */
export async function startFaultProxy(target: FaultProxyOptions): Promise<FaultProxy> {
  const server = await listen(0);
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
  return new FaultProxy(server, target, address.port);
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
