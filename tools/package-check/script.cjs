// A script as users of npm redis write it, in CommonJS: tools/check-package.mjs runs it with npm redis and with
// oxredis.
const redis = require('redis');

async function main() {
  const client = redis.createClient({
    url: process.env.REDIS_URL,
    socket: { reconnectStrategy: (retries) => Math.min(retries * 50, 500) },
    scripts: {
      add: redis.defineScript({
        NUMBER_OF_KEYS: 1,
        SCRIPT: 'return redis.call("GET", KEYS[1]) + ARGV[1];',
        parseCommand(parser, key, number) {
          parser.pushKey(key);
          parser.push(number.toString());
        },
        transformReply: (reply) => reply,
      }),
    },
  });
  client.on('error', (err) => console.log('Redis Client Error', err));
  await client.connect();

  await client.set('n', '40');
  console.log(await client.add('n', 2));
  console.log(await Promise.all([client.get('n'), client.incr('n'), client.ttl('n'), client.type('n')]));
  await client.zAdd('z', [{ score: 1, value: 'one' }, { score: 2, value: 'two' }]);
  console.log(await client.zRangeWithScores('z', 0, -1), await client.zScore('z', 'two'), await client.zScore('z', 'none'));
  console.log(await client.set('e', 'v', { EX: 100, NX: true }), await client.ttl('e'));
  await client.xAdd('stream', '1-1', { field: 'value' });
  console.log(JSON.stringify(await client.xRange('stream', '-', '+')));
  const { RESP_TYPES } = redis;
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  console.log(await buffers.get('n'));
  console.log(await client.eval('return {KEYS[1], ARGV[1], 7}', { keys: ['k'], arguments: ['a'] }));
  await client.flushDb();
  client.destroy();
  console.log(client.isOpen);
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
