// Entities stored in hashes: saved, fetched, expired, removed.
import { EntityId, EntityKeyName, Repository, Schema } from 'redis-om';
import { connected, say, tell, ttl } from './shared/stage.mjs';

const client = await connected();
const schema = new Schema('person', {
  name: { type: 'string' }, age: { type: 'number' }, isActive: { type: 'boolean' }, since: { type: 'date' }, tags: { type: 'string[]' }, place: { type: 'point' }, bio: { type: 'text' },
}, { dataStructure: 'HASH' });
const people = new Repository(schema, client);
const saved = await people.save('one', { name: 'Ada', age: 36, isActive: true, since: new Date(1e12), tags: ['math', 'poetry'], place: { longitude: 1.5, latitude: 2.5 }, bio: 'long' });
say('saved', [saved[EntityId], saved[EntityKeyName]]);
say('hash', await client.hGetAll('person:one'));
const found = await people.fetch('one');
say('fetched', [found.name, found.age, found.isActive, found.since, found.tags, found.place, found.bio]);
say('fetched none', { ...(await people.fetch('none')) });
await people.save('two', { name: 'Bob' });
say('several', (await people.fetch('one', 'two')).map((person) => person.name));
found.age = 37;
found.tags = null;
await people.save(found);
say('changed', await client.hGetAll('person:one'));
await people.expire('two', 50);
say('ttl', ttl(await client.ttl('person:two'), 50));
await tell('remove', people.remove('one', 'two'));
say('left', await client.keys('person:*'));
await tell('search without the module', people.search().where('name').equals('Ada').return.all());
await tell('createIndex without the module', people.createIndex());
await client.close();
