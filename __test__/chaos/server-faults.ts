import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from '../support/server';
import type { Fault, Scene } from './faults';

const lasting = ({ random }: Scene): number => random.between(2, 25);

async function killClients({ proxy, server, random }: Scene): Promise<void> {
  for (const port of proxy.serverSidePorts) {
    if (random.chance(0.7)) await server.command('CLIENT', 'KILL', 'ADDR', `127.0.0.1:${port}`).catch(() => undefined);
  }
}

/** Sets something on the server for a while. */
async function configured(scene: Scene, name: string, value: string | number, usual: string | number): Promise<void> {
  await scene.server.command('CONFIG', 'SET', name, value);
  try {
    if (scene.random.chance(0.5)) await killClients(scene);
    await sleep(lasting(scene));
  } finally {
    await scene.server.command('CONFIG', 'SET', name, usual);
  }
}

/** The rights of the round's user, but for what a fault takes. The name of the password is the user's. */
export async function grant(server: TestServer, user: string, ...more: string[]): Promise<void> {
  await server.command('ACL', 'SETUSER', user, 'reset', 'on', `>${user}`, '~*', '&*', '+@all', ...more);
}

/** What servers do, and what is done to them. */
export const SERVER_FAULTS: readonly Fault[] = [
  { kind: 'client-kill', weight: 3, strike: killClients },
  {
    kind: 'client-pause',
    async strike(scene) {
      await scene.server.command('CLIENT', 'PAUSE', lasting(scene), scene.random.pick(['WRITE', 'ALL']));
    },
  },
  {
    kind: 'debug-sleep',
    async strike(scene) {
      await scene.server.command('DEBUG', 'SLEEP', String(lasting(scene) / 1000));
    },
  },
  {
    kind: 'password-rotation',
    ownUser: true,
    async strike(scene) {
      const user = scene.user as string;
      await scene.server.command('ACL', 'SETUSER', user, 'resetpass', '>another');
      await killClients(scene);
      await sleep(lasting(scene));
      await grant(scene.server, user);
    },
  },
  {
    kind: 'rights-taken',
    ownUser: true,
    async strike(scene) {
      const user = scene.user as string;
      await scene.server.command('ACL', 'SETUSER', user, scene.random.pick(['-@write', '-echo', '-@read', '-exec']));
      await sleep(lasting(scene));
      await grant(scene.server, user);
    },
  },
  {
    kind: 'user-deleted',
    ownUser: true,
    async strike(scene) {
      const user = scene.user as string;
      await scene.server.command('ACL', 'DELUSER', user);
      await sleep(lasting(scene));
      await grant(scene.server, user);
    },
  },
  {
    kind: 'server-restart',
    weight: 2,
    exclusive: true,
    async strike({ server, user }) {
      await server.restart();
      if (user !== undefined) await grant(server, user);
    },
  },
  {
    kind: 'server-stopped',
    exclusive: true,
    async strike(scene) {
      scene.server.pause();
      await sleep(lasting(scene));
      scene.server.resume();
    },
  },
  {
    kind: 'max-clients',
    exclusive: true,
    async strike(scene) {
      await configured(scene, 'maxclients', 1, 10_000);
    },
  },
  { kind: 'out-of-memory', exclusive: true, strike: (scene) => configured(scene, 'maxmemory', 1, 0) },
  { kind: 'no-replicas', exclusive: true, strike: (scene) => configured(scene, 'min-replicas-to-write', 1, 0) },
  {
    kind: 'password-wanted',
    exclusive: true,
    async strike(scene) {
      const { server } = scene;
      await server.command('ACL', 'SETUSER', 'default', 'resetpass', '>surprise');
      await killClients(scene);
      await sleep(lasting(scene));
      await server.command('ACL', 'SETUSER', 'default', 'nopass');
    },
  },
  {
    kind: 'busy-script',
    exclusive: true,
    async strike(scene) {
      await scene.server.command('CONFIG', 'SET', 'busy-reply-threshold', 1);
      // The time stands still for a script, so it counts.
      await scene.server.command('EVAL', 'for i = 1, tonumber(ARGV[1]) do redis.call("PING") end', 0, lasting(scene) * 2000);
      await scene.server.command('CONFIG', 'SET', 'busy-reply-threshold', 5000);
    },
  },
];
