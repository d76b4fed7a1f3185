/** A transaction that depends on what it read: WATCH, read, MULTI … EXEC, and again if somebody else was faster. */
import { createClient, WatchError } from '../index.js'; // from 'oxredis' in a project of your own

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

// WATCH belongs to a connection: whoever watches needs one that nobody else uses meanwhile.
const teller = client.duplicate();
teller.on('error', (error) => console.error('error:', error.message));
await teller.connect();

const [ALICE, BOB] = ['example:balance:alice', 'example:balance:bob'];

/** Moves an amount if there is enough. Returns the new balances, or undefined if there is not enough. */
async function transfer(amount, { beforeExec } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    await teller.watch(ALICE);
    const balance = Number(await teller.get(ALICE));
    if (balance < amount) {
      await teller.unwatch();
      return undefined;
    }
    await beforeExec?.(attempt);
    try {
      return await teller.multi().decrBy(ALICE, amount).incrBy(BOB, amount).exec();
    } catch (error) {
      if (!(error instanceof WatchError)) throw error;
      console.log(`attempt ${attempt}: the balance changed meanwhile, once more`);
    }
  }
}

await client.mSet({ [ALICE]: '100', [BOB]: '0' });
console.log('30 are moved:', await transfer(30));
const interfere = (attempt) => (attempt === 1 ? client.decrBy(ALICE, 5) : undefined);
console.log('30 are moved, while 5 are withdrawn:', await transfer(30, { beforeExec: interfere }));
console.log('500 are moved:', await transfer(500));

await client.del([ALICE, BOB]);
await Promise.all([client.close(), teller.close()]);
