// Loads the package and uses its cache, chat history and vector store, as far as these need no module of the server.
import * as messages from '@langchain/core/messages';
import * as langchain from '@langchain/redis';
import { connected, say, tell, url } from './shared/stage.mjs';

/** There is no control run to compare with, so the program checks the results itself. */
function expect(label, found, wanted) {
  say(label, found);
  if (found !== wanted) throw new Error(`${label}: ${found} instead of ${wanted}`);
}

say('names', Object.keys(langchain).sort());
const client = await connected();
for (const name of ['RedisCache', 'RedisByteStore', 'RedisChatMessageHistory', 'RedisVectorStore']) say(name, typeof langchain[name]);
const embeddings = { embedDocuments: async (texts) => texts.map(() => [0, 1]), embedQuery: async () => [0, 1] };
const store = new langchain.RedisVectorStore(embeddings, { redisClient: client, indexName: 'docs' });
await tell('index exists', store.checkIndexExists());
await tell('createIndex', store.createIndex(2));
await tell('addDocuments', store.addDocuments([{ pageContent: 'text', metadata: { a: 1 } }]));
await tell('similaritySearch', store.similaritySearch('text', 1));
await tell('drop', store.delete({ deleteAll: true }));

const cache = new langchain.RedisCache(client);
await cache.update('prompt', 'model', [{ text: 'answer' }]);
expect('cached', (await cache.lookup('prompt', 'model'))?.[0].text, 'answer');
expect('not cached', await cache.lookup('another', 'model'), null);

const history = new langchain.RedisChatMessageHistory({ sessionId: 'chat', sessionTTL: 100, config: { url } });
await history.addMessage(new messages.HumanMessage('hello'));
await history.addMessage(new messages.AIMessage('hi'));
const told = await history.getMessages();
expect('history', JSON.stringify(told.map((message) => [message.getType(), message.content])), '[["human","hello"],["ai","hi"]]');
await history.clear();
expect('cleared', (await history.getMessages()).length, 0);
await client.close();
process.exit(0); // the history creates a client of its own, and has no method to close it
