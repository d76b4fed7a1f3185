// Locks: acquired, refused, extended, released by their owner; also over three clients.
import { NodeRedisAdapter, createLock, createRedlock } from 'redlock-universal';
import { connected, say, tell, ttl } from './shared/stage.mjs';

const clients = [await connected(), await connected({ database: 1 }), await connected({ database: 2 })];
const [first] = clients;
const lock = createLock({ adapter: new NodeRedisAdapter(first), key: 'lock', ttl: 5000, retryAttempts: 1, retryDelay: 10 });
const handle = await lock.acquire();
say('held', [await lock.isLocked('lock'), ttl(await first.pTTL('lock'), 5000)]);
const same = createLock({ adapter: new NodeRedisAdapter(first), key: 'lock', ttl: 5000, retryAttempts: 1, retryDelay: 10 });
await same.acquire().then(() => say('second', 'acquired'), (error) => say('second refused', error.constructor.name));
await tell('extend', lock.extend(handle, 8000));
say('ttl', ttl(await first.pTTL('lock'), 8000));
await tell('release', lock.release(handle));
await lock.release(handle).then((done) => say('release again', done), (error) => say('release again fails', error.constructor.name));
await tell('using', lock.using(async (signal) => [signal.aborted, await first.exists('lock')]));
const red = createRedlock({ adapters: clients.map((client) => new NodeRedisAdapter(client)), key: 'red', ttl: 5000, quorum: 2, retryAttempts: 1, retryDelay: 10 });
const held = await red.acquire();
say('on all', await Promise.all(clients.map((client) => client.exists('red'))));
await tell('release', red.release(held));
clients[2].destroy();
await red.acquire().then((again) => red.release(again)).then((done) => say('with two of three', done), (error) => say('with two of three fails', error.constructor.name));
clients[1].destroy();
await red.acquire().then(() => say('with one', 'acquired'), (error) => say('with one refused', error.constructor.name));
await first.close();
