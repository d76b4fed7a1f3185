// Parses the text that CLIENT INFO and CLIENT LIST return.
import { isMissing } from './containers';
import type { VerbatimStringReply } from '../wire/resp-types';

/** A connection as the server describes it. Fields that the server does not send are absent. */
export interface ClientInfoReply {
  id: number;
  /** Address and port of the client. */
  addr: string;
  /** Address and port of the server. */
  laddr?: string;
  /** File descriptor of the connection. */
  fd: number;
  name: string;
  /** Age of the connection in seconds. */
  age: number;
  /** Seconds since the last command. */
  idle: number;
  flags: string;
  /** The selected database. */
  db: number;
  /** Number of subscribed channels. */
  sub: number;
  /** Number of subscribed patterns. */
  psub: number;
  /** Number of subscribed sharded channels. */
  ssub?: number;
  /** Number of commands queued after MULTI; -1 outside of transactions. */
  multi: number;
  qbuf: number;
  qbufFree: number;
  argvMem?: number;
  multiMem?: number;
  /** Number of watched keys. */
  watch?: number;
  rbs?: number;
  rbp?: number;
  obl: number;
  oll: number;
  omem: number;
  totMem?: number;
  events: string;
  /** The last command. */
  cmd: string;
  user?: string;
  /** Id of the connection that gets the invalidation messages; -1 if there is none. */
  redir?: number;
  /** RESP version. */
  resp?: number;
  libName?: string;
  libVer?: string;
}

type Field = keyof ClientInfoReply;

const NUMBERS: Readonly<Record<string, Field>> = {
  id: 'id', fd: 'fd', age: 'age', idle: 'idle', db: 'db', sub: 'sub', psub: 'psub', ssub: 'ssub', multi: 'multi', qbuf: 'qbuf',
  'qbuf-free': 'qbufFree', 'argv-mem': 'argvMem', 'multi-mem': 'multiMem', watch: 'watch', rbs: 'rbs', rbp: 'rbp', obl: 'obl',
  oll: 'oll', omem: 'omem', 'tot-mem': 'totMem', redir: 'redir', resp: 'resp',
};
const TEXTS: Readonly<Record<string, Field>> = {
  addr: 'addr', laddr: 'laddr', name: 'name', flags: 'flags', events: 'events', cmd: 'cmd', user: 'user', 'lib-name': 'libName',
  'lib-ver': 'libVer',
};

/** Parses one line. Values contain no spaces. */
export function parseClientInfo(line: string): ClientInfoReply {
  const info: Partial<Record<Field, string | number>> = {};
  for (const word of line.trimEnd().split(' ')) {
    const equals = word.indexOf('=');
    const name = word.slice(0, equals);
    const value = word.slice(equals + 1);
    if (Object.hasOwn(NUMBERS, name)) info[NUMBERS[name]] = Number(value);
    else if (Object.hasOwn(TEXTS, name)) info[TEXTS[name]] = value;
  }
  return info as unknown as ClientInfoReply;
}

/** Reply of CLIENT INFO. */
export const clientInfo = (reply: VerbatimStringReply): ClientInfoReply =>
  (isMissing(reply) ? reply : parseClientInfo(reply.toString()));

/** Reply of CLIENT LIST. */
export const clientInfos = (reply: VerbatimStringReply): ClientInfoReply[] =>
  (isMissing(reply) ? reply : reply.toString().split('\n').filter(line => line !== '').map(parseClientInfo));
