// Loads, and its cache and chat history work where no module of the server is needed.
import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { RedisByteStore, RedisCache, RedisChatMessageHistory, RedisVectorStore } from '@langchain/redis';
import * as langchain from '@langchain/redis';
import { connected, say, tell, url } from '../stage.mjs';

say('names', Object.keys(langchain).sort());
say('classes', [RedisVectorStore, RedisCache, RedisByteStore].map((one) => typeof one));
const client = await connected();
if (RedisCache) {
  const cache = new RedisCache(client);
  await tell('update', cache.update?.('prompt', 'model', [{ text: 'answer' }]));
  await tell('lookup', cache.lookup?.('prompt', 'model'));
}
if (RedisChatMessageHistory) {
  const history = new RedisChatMessageHistory({ sessionId: 'chat', sessionTTL: 100, config: { url } });
  await history.addMessage(new HumanMessage('hello'));
  await history.addMessage(new AIMessage('hi'));
  say('history', (await history.getMessages()).map((message) => [message.getType(), message.content]));
  await history.clear();
  say('after clear', (await history.getMessages()).length);
}
const embeddings = { embedDocuments: async (texts) => texts.map(() => [0, 1]), embedQuery: async () => [0, 1] };
const store = new RedisVectorStore(embeddings, { redisClient: client, indexName: 'docs' });
await tell('index exists', store.checkIndexExists());
await client.close();
process.exit(0);
