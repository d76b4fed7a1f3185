/** Lua scripts as methods: sent by digest, and with their text only where the server does not have them yet. */
import { createClient, defineScript } from '../index.js'; // from 'oxredis' in a project of your own

/** Adds to a counter unless that would take it above a limit; the new value, or -1. */
const addUpTo = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local value = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1])
    if value > tonumber(ARGV[2]) then return -1 end
    redis.call('SET', KEYS[1], value)
    return value`,
  parseCommand(parser, key, amount, limit) {
    parser.pushKey(key); // pushKey, not push: keys get the key prefix and decide about routing
    parser.push(String(amount), String(limit));
  },
  transformReply: (reply) => (reply === -1 ? 'refused' : reply),
});

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379', scripts: { addUpTo } });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

const key = 'example:scripts:counter';
for (const amount of [4, 5, 6]) console.log(`addUpTo(${amount}, 10):`, await client.addUpTo(key, amount, 10));

// In a transaction too, and without a definition:
console.log('transaction:', await client.multi().addUpTo(key, 1, 10).get(key).exec());
console.log('eval:', await client.eval('return {KEYS[1], ARGV[1]}', { keys: [key], arguments: ['argument'] }));

await client.del(key);
await client.close();
