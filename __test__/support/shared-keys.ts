/** A small Redis: one key space with sessions of several connections, wherever these lead. For servers of hand-offs. */
import { reply } from './resp';

/** Where a session sends what nobody asked for. */
export interface SessionPeer {
  send(bytes: Buffer | string): void;
}

interface Watched {
  readonly key: string;
  readonly version: number;
}

/** The state of one connection. */
export class Session {
  name = '';
  database = 0;
  isTracking = false;
  isMonitoring = false;
  watched: Watched[] = [];
  /** Commands since MULTI. */
  queue: string[][] | undefined = undefined;
  readonly channels = new Set<string>();
  readonly sharded = new Set<string>();
  /** Keys that were read while tracking was on. */
  readonly read = new Set<string>();

  constructor(readonly peer: SessionPeer) {}
}

const CROSSED = reply.error('ERR a command arrived in the wrong place');

/** See the module's comment. */
export class SharedKeys {
  /** Values by `database:key`. */
  readonly values = new Map<string, string>();
  /** Open sessions. */
  readonly sessions = new Set<Session>();
  /** Every command that was executed, in order, but for those of handshakes. */
  readonly executed: string[][] = [];
  /** The reply to CLUSTER SLOTS. */
  layout: Buffer = reply.array([]);
  readonly #versions = new Map<string, number>();

  /** Publishes a message to all sessions that subscribed, as servers that replicate each other do. @returns how many got it */
  publish(channel: string, message: string, isSharded = false): number {
    let count = 0;
    for (const { peer, channels, sharded } of this.sessions) {
      if (!(isSharded ? sharded : channels).has(channel)) continue;
      peer.send(reply.push([reply.bulk(isSharded ? 'smessage' : 'message'), reply.bulk(channel), reply.bulk(message)]));
      count++;
    }
    return count;
  }

  /** Executes a command of a session. @returns the reply */
  run(session: Session, words: string[]): string | Buffer {
    const name = (words[0] as string).toUpperCase();
    if (name === 'MULTI') {
      if (session.queue !== undefined) return reply.error('ERR MULTI calls can not be nested');
      session.queue = [];
      return reply.ok;
    }
    if (name === 'EXEC') return this.#exec(session);
    if (session.queue !== undefined && name !== 'DISCARD') {
      session.queue.push(words);
      return reply.simple('QUEUED');
    }
    return this.#execute(session, name, words);
  }

  /** The value of a key of database 0. */
  get(key: string): string | undefined {
    return this.values.get(`0:${key}`);
  }

  /** Sets a key of database 0, as another client would. */
  set(key: string, value: string): void {
    this.#write(`0:${key}`, value);
  }

  #exec(session: Session): string | Buffer {
    const { queue, watched } = session;
    session.queue = undefined;
    session.watched = [];
    if (queue === undefined) return reply.error('ERR EXEC without MULTI');
    if (watched.some(({ key, version }) => (this.#versions.get(key) ?? 0) !== version)) return reply.nil;
    return reply.array(queue.map((words) => this.#execute(session, (words[0] as string).toUpperCase(), words)));
  }

  #execute(session: Session, name: string, words: string[]): string | Buffer {
    this.executed.push(words);
    const [, first = '', second = ''] = words;
    const key = `${session.database}:${first}`;
    switch (name) {
      case 'GET':
        if (session.isTracking) session.read.add(first);
        return this.#text(this.values.get(key));
      case 'SET':
        this.#write(key, second);
        return reply.ok;
      case 'INCR': {
        const value = Number(this.values.get(key) ?? 0) + 1;
        this.#write(key, String(value));
        return reply.integer(value);
      }
      case 'WATCH':
        for (const one of words.slice(1)) {
          const watched = `${session.database}:${one}`;
          session.watched.push({ key: watched, version: this.#versions.get(watched) ?? 0 });
        }
        return reply.ok;
      case 'UNWATCH':
      case 'DISCARD':
        session.watched = [];
        session.queue = undefined;
        return reply.ok;
      case 'SELECT':
        session.database = Number(first);
        return reply.ok;
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE': return this.#subscription(session.channels, name.toLowerCase(), words.slice(1));
      case 'SSUBSCRIBE':
      case 'SUNSUBSCRIBE': return this.#subscription(session.sharded, name.toLowerCase(), words.slice(1));
      case 'PUBLISH': return reply.integer(this.publish(first, second));
      case 'MONITOR':
        session.isMonitoring = true;
        return reply.ok;
      case 'CLIENT': return this.#client(session, first.toUpperCase(), second);
      case 'CLUSTER': return this.layout;
      case 'READONLY': return reply.ok;
      case 'PING': return reply.simple('PONG');
      case 'ECHO': return reply.bulk(first);
      case 'QUIT': return reply.ok;
      default: return CROSSED;
    }
  }

  #client(session: Session, sub: string, argument: string): string | Buffer {
    switch (sub) {
      case 'TRACKING':
        session.isTracking = argument.toUpperCase() === 'ON';
        session.read.clear();
        return reply.ok;
      case 'SETNAME':
        session.name = argument;
        return reply.ok;
      case 'GETNAME': return this.#text(session.name);
      default: return reply.ok;
    }
  }

  #subscription(own: Set<string>, word: string, channels: string[]): Buffer {
    const acknowledged = channels.map((channel) => {
      if (word.includes('unsubscribe')) own.delete(channel);
      else own.add(channel);
      return reply.push([reply.bulk(word), reply.bulk(channel), reply.integer(own.size)]);
    });
    return Buffer.concat(acknowledged);
  }

  #text(value: string | undefined): string | Buffer {
    return value === undefined ? reply.nil : reply.bulk(value);
  }

  #write(key: string, value: string): void {
    this.values.set(key, value);
    this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
    const name = key.slice(key.indexOf(':') + 1);
    for (const { peer, read } of this.sessions) {
      if (read.delete(name)) peer.send(reply.push([reply.bulk('invalidate'), reply.array([reply.bulk(name)])]));
    }
  }
}
