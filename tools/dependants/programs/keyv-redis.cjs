// The program for @keyv/redis in CommonJS.
const { default: KeyvRedis } = require('@keyv/redis');
const { default: Keyv } = require('keyv');

async function main() {
  const adapter = new KeyvRedis(process.env.REDIS_URL);
  const keyv = new Keyv(adapter, { namespace: 'cjs' });
  keyv.on('error', (error) => console.log('error', error.message));
  console.log(await keyv.set('a', [1, 2, 3]), await keyv.get('a'), await keyv.has('none'));
  console.log(await keyv.delete('a'), await keyv.get('a'));
  console.log(adapter.isCluster?.(), typeof adapter.client.get);
  await keyv.disconnect();
}
void main();
