/** Connects to a cluster, uses it, ends it in one of several ways, and has to end by itself: `exits.js WAY ROOT…`. */
import { createCluster } from '../../../lib';

async function main([way, ...roots]: string[]): Promise<void> {
  const cluster = createCluster({ rootNodes: roots.map((url) => ({ url })) });
  cluster.on('error', (error: Error) => console.error(error));
  if (way === 'unused') return;
  await cluster.connect();
  await Promise.all(Array.from({ length: 100 }, (_, index) => cluster.set(`exits${index}`, `${index}`)));
  await cluster.subscribe('exits', () => undefined);
  await cluster.sSubscribe('exits', () => undefined);
  const gets = Promise.allSettled(Array.from({ length: 100 }, (_, index) => cluster.get(`exits${index}`)));
  if (way === 'close') await cluster.close();
  else cluster.destroy();
  const outcomes = await gets;
  console.log(`${way} ${outcomes.filter(({ status }) => status === 'fulfilled').length} of ${outcomes.length}`);
}

void main(process.argv.slice(2));
