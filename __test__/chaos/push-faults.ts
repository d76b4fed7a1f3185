import { reply } from '../support/resp';
import type { Fault, Scene } from './faults';

type Word = string | null | Word[];

function push(...words: Word[]): Buffer {
  return reply.push(words.map(one));
}

function one(word: Word): Buffer {
  if (word === null) return Buffer.from('_\r\n');
  return Array.isArray(word) ? reply.array(word.map(one)) : reply.bulk(word);
}

/** Puts bytes between the replies of every open connection. */
async function inject({ proxy }: Scene, bytes: readonly Buffer[]): Promise<void> {
  for (const pair of proxy.pairs) for (const part of bytes) pair.toClient.inject(part);
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** What servers, and what is between, send without being asked. */
export const PUSH_FAULTS: readonly Fault[] = [
  {
    kind: 'invalidations',
    resp3: true,
    strike: (scene) => inject(scene, [
      push('invalidate', [scene.round.registers[0]?.key ?? '']), push('invalidate', null), push('invalidate', Array.from({ length: 50 }, (_, i) => `k${i}`)),
    ]),
  },
  {
    kind: 'unknown-pushes',
    resp3: true,
    strike: (scene) => inject(scene, [
      push('weather', 'fine'), push('weather'), push('message', 'nobody listens', 'x'), push('pmessage', 'p*', 'pq', 'x'),
      push('smessage', 'shard', 'x'), push('server-cpu-usage', [['a', 'b'], null]), Buffer.from('>0\r\n'), Buffer.from('>2\r\n:1\r\n:2\r\n'),
    ]),
  },
  {
    kind: 'maintenance-pushes',
    resp3: true,
    strike: (scene) => inject(scene, [push('MIGRATING', '1', '2', '3'), push('MIGRATED', '1', '3'), push('FAILING_OVER', '2', '1'), push('FAILED_OVER', '3')]),
  },
  {
    kind: 'unasked-subscribe',
    resp3: true,
    strike: (scene) => inject(scene, [
      Buffer.from(`>3\r\n${bulk('subscribe')}${bulk('unasked')}:1\r\n`), Buffer.from(`>3\r\n${bulk('unsubscribe')}${bulk('unasked')}:0\r\n`),
      Buffer.from(`>3\r\n${bulk('psubscribe')}${bulk('un*')}:1\r\n`), Buffer.from(`>3\r\n${bulk('sunsubscribe')}_\r\n:0\r\n`),
    ]),
  },
  {
    kind: 'message-storm',
    async strike(scene) {
      const channel = scene.round.inboxes[0]?.channel;
      if (channel === undefined) return;
      await Promise.all(Array.from({ length: 300 }, () => scene.server.command('PUBLISH', channel, ++scene.round.published)));
    },
  },
  {
    kind: 'garbage',
    weight: 2,
    strike: (scene) => inject(scene, [
      scene.random.pick([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), Buffer.from([0, 255, 13, 10]), Buffer.from('\r\n'), Buffer.from('\u0016\u0003\u0001 record')]),
    ]),
  },
  {
    kind: 'hostile-frame',
    weight: 2,
    strike: (scene) => inject(scene, [
      scene.random.pick([
        Buffer.from('$99999999999\r\n'), Buffer.from('*99999999999\r\n'), Buffer.from('*1\r\n'.repeat(300)), Buffer.from('$-7\r\n'), Buffer.from(':12a\r\n'),
        Buffer.from('%268435457\r\n'), Buffer.from('$?\r\n'),
      ]),
    ]),
  },
];
