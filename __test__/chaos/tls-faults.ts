import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults';

/** Records of TLS that end a connection: an alert in the clear, and what is no record at all. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
const NO_RECORD = Buffer.from('+PONG\r\n+PONG\r\n');

/** What happens to TLS only. */
export const TLS_FAULTS: readonly Fault[] = [
  {
    kind: 'tls-close-notify',
    tls: true,
    async strike({ proxy }) {
      for (const { client } of proxy.pairs) client.end();
    },
  },
  {
    kind: 'tls-cut-below',
    tls: true,
    weight: 2,
    async strike({ proxy, random }) {
      // Without close_notify: the end of the bytes is not the end of the stream.
      for (const { raw } of proxy.pairs) {
        if (random.chance(0.5)) raw.end();
        else raw.destroy();
      }
    },
  },
  {
    kind: 'tls-alert',
    tls: true,
    async strike({ proxy, random }) {
      for (const { raw } of proxy.pairs) if (raw.writable) raw.write(random.pick([ALERT, NO_RECORD]));
    },
  },
  {
    kind: 'tls-other-certificate',
    tls: true,
    weight: 2,
    async strike({ proxy, random, round }) {
      const before = new Set(proxy.pairs);
      proxy.present(random.pick(['untrusted', 'expired', 'other-host', 'self-signed'] as const));
      proxy.closeAll('rst');
      await sleep(random.between(5, 25));
      for (const pair of proxy.pairs) {
        if (!before.has(pair) && pair.toServer.forwarded > 0) round.violate('something was sent to a server with a wrong certificate');
      }
      proxy.present(random.pick(['server', 'server-rsa'] as const));
    },
  },
];
