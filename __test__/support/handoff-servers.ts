/**
 * Servers of planned maintenance: several ports of one key space. Each records what it gets, pushes any notice, and can be slow, refuse,
 * hang or close. For tests of hand-offs, as no real server announces maintenance.
 */
import { reply } from './resp';
import { SILENCE, startScriptedServer, type Answer, type ScriptedConnection, type ScriptedServer, type ScriptedServerOptions } from './scripted-server';
import { Session, SharedKeys } from './shared-keys';

/** How a port treats handshakes. */
export type Handshakes =
  | 'accepted'
  /** HELLO is answered with an error. */
  | 'refused'
  /** HELLO is never answered. */
  | 'hanging'
  /** The connection is closed when HELLO comes. */
  | 'closed';

/** One port. */
export class HandoffEndpoint {
  handshakes: Handshakes = 'accepted';
  /** The error for CLIENT MAINT_NOTIFICATIONS; `undefined` accepts it. */
  refusal: string | undefined = undefined;
  readonly #sessions = new Map<ScriptedConnection, Session>();
  /** Replies that are kept back. */
  #held: (() => void)[] | undefined;

  constructor(readonly server: ScriptedServer, readonly keys: SharedKeys) {}

  get port(): number {
    return this.server.port;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections that are open. */
  get open(): ScriptedConnection[] {
    return this.server.connections.filter(({ socket }) => !socket.destroyed);
  }

  /** The words of all commands with this name (upper case), of all connections. */
  commands(name: string): string[][] {
    return this.server.commands.filter(([word]) => word?.toUpperCase() === name);
  }

  /** The session of the connection that was accepted last. */
  get session(): Session {
    return this.#sessions.get(this.server.last) as Session;
  }

  /** Keeps the replies of commands back until `release`. The commands are executed nevertheless. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  /** Sends bytes to every open connection. */
  send(bytes: Buffer | string): void {
    for (const connection of this.open) connection.send(bytes);
  }

  /** Sends a notice to every open connection. */
  push(...words: NoticeWord[]): void {
    this.send(notice(...words));
  }

  /** Announces that the clients have to move. @param target `undefined` for the configured address */
  moving(sequence: number, target: HandoffEndpoint | undefined, seconds = 5): void {
    this.push('MOVING', sequence, seconds, target?.address ?? null);
  }

  /** @internal */
  accepted(connection: ScriptedConnection): void {
    const session = new Session(connection);
    this.#sessions.set(connection, session);
    this.keys.sessions.add(session);
    void connection.closed.then(() => this.keys.sessions.delete(session));
  }

  /** @internal */
  answer(words: string[], connection: ScriptedConnection): Answer {
    const name = (words[0] as string).toUpperCase();
    const session = this.#sessions.get(connection) as Session;
    if (name === 'HELLO') return this.#greet(words, session, connection);
    if (name === 'AUTH') return reply.ok;
    if (name === 'CLIENT' && words[1] === 'MAINT_NOTIFICATIONS') return this.refusal === undefined ? reply.ok : reply.error(this.refusal);
    if (connection.socket.destroyed) return SILENCE;
    const answer = this.keys.run(session, words);
    const last = name === 'QUIT';
    if (this.#held === undefined) {
      if (last) setImmediate(() => connection.end());
      return answer;
    }
    this.#held.push(() => {
      connection.send(answer);
      if (last) connection.end();
    });
    return SILENCE;
  }

  #greet(words: string[], session: Session, connection: ScriptedConnection): Answer {
    const at = words.indexOf('SETNAME');
    if (at >= 0) session.name = words[at + 1] as string;
    switch (this.handshakes) {
      case 'refused': return reply.error('ERR not now');
      case 'hanging': return SILENCE;
      case 'closed':
        connection.socket.destroy();
        return SILENCE;
      default: return undefined;
    }
  }
}

/** A word of a notice: text, a number, null, or a nested list. */
export type NoticeWord = string | number | null | NoticeWord[];

/** Encodes a push as a server sends it. Its first word is a simple string, other texts are bulk strings. */
export function notice(...words: NoticeWord[]): Buffer {
  const [kind, ...rest] = words;
  return reply.push([reply.simple(String(kind)), ...rest.map(encoded)]);
}

function encoded(word: NoticeWord): Buffer | string {
  if (word === null) return reply.nil;
  if (Array.isArray(word)) return reply.array(word.map(encoded));
  return typeof word === 'number' ? reply.integer(word) : reply.bulk(word);
}

/** Several ports of one key space. */
export class HandoffServers {
  readonly keys = new SharedKeys();
  readonly endpoints: HandoffEndpoint[] = [];

  /** Opens one more port. */
  async add(options: Pick<ScriptedServerOptions, 'tls' | 'port'> = {}): Promise<HandoffEndpoint> {
    // Nobody knows the port before it has its endpoint.
    const made: HandoffEndpoint[] = [];
    const server = await startScriptedServer({
      ...options,
      onConnection: (connection) => made[0]?.accepted(connection),
      onCommand: (words, connection) => made[0]?.answer(words, connection),
    });
    const endpoint = new HandoffEndpoint(server, this.keys);
    made.push(endpoint);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  /** Connections that are open at any port. */
  get open(): number {
    return this.endpoints.reduce((sum, { open }) => sum + open.length, 0);
  }

  async stop(): Promise<void> {
    for (const endpoint of this.endpoints) endpoint.release();
    await Promise.all(this.endpoints.map(({ server }) => server.stop()));
  }
}

/** Opens this many ports. */
export async function startHandoffServers(count = 2, options: Pick<ScriptedServerOptions, 'tls'> = {}): Promise<HandoffServers> {
  const servers = new HandoffServers();
  for (let i = 0; i < count; i++) await servers.add(options);
  return servers;
}
