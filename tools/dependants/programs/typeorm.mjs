// Query results cached in Redis.
import 'reflect-metadata';
import typeorm from 'typeorm';
import { connected, say, tell, ttl, url } from './shared/stage.mjs';

const { DataSource, EntitySchema } = typeorm;
const User = new EntitySchema({ name: 'User', columns: { id: { type: Number, primary: true, generated: true }, name: { type: String } } });
const errors = [];
const source = new DataSource({ type: 'sqljs', entities: [User], synchronize: true, cache: { type: 'redis', options: { url }, duration: 30_000, ignoreErrors: (error) => errors.push(error.message) } });
await source.initialize();
const plain = await connected();
const users = source.getRepository('User');
await users.save([{ name: 'Ada' }, { name: 'Bob' }]);
const cached = () => users.find({ where: { name: 'Ada' }, cache: { id: 'ada', milliseconds: 20_000 } });
say('first', await cached());
await source.query("UPDATE user SET name = 'Eve' WHERE name = 'Ada'");
say('second, from the cache', await cached());
say('keys', await plain.keys('*'));
say('ttl', ttl(await plain.pTTL('ada'), 20_000));
await tell('remove', source.queryResultCache.remove(['ada']));
say('third, from the database', await cached());
say('count', await users.count({ cache: 5000 }));
await tell('clear', source.queryResultCache.clear());
say('keys after', await plain.keys('*'));
await source.destroy();
say('errors', errors);
await plain.close();

const options = { url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: false } };
const broken = new DataSource({ type: 'sqljs', entities: [User], synchronize: true, cache: { type: 'redis', options } });
await tell('without a server', broken.initialize());
say('initialized', broken.isInitialized);
