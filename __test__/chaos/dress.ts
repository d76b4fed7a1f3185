import type { RedisClientType } from '../../lib';
import { HELD_BACK } from './held-back';
import type { Random } from './random';

/**
 * The client with options of commands, or as it is.
 * @param undo gets what must be done after the command, whatever came of it
 */
export function dress(client: RedisClientType, random: Random, undo: (() => void)[], inPool: boolean): RedisClientType {
  const draw = random.below(20);
  const ms = random.between(1, 40);
  switch (draw) {
    case 0: return client.withCommandOptions({ timeout: ms }) as unknown as RedisClientType;
    case 1: return client.withCommandOptions({ deadline: ms }) as unknown as RedisClientType;
    case 2: return inPool && HELD_BACK.has('asap-in-pool') ? client : client.asap() as unknown as RedisClientType;
    case 3:
    case 4: {
      const controller = new AbortController();
      // Before anything is written, or some time later.
      if (random.chance(0.3)) controller.abort();
      else {
        const timer = setTimeout(() => controller.abort(), random.below(8));
        undo.push(() => clearTimeout(timer));
      }
      return client.withCommandOptions({ abortSignal: controller.signal, abortInFlight: draw === 4 }) as unknown as RedisClientType;
    }
    default: return client;
  }
}
