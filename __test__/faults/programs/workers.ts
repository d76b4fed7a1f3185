/**
 * Starts workers that use clients, a few at a time; this thread never loads the engine.
 *
 *   node workers.js <port> <transport> <how a worker ends> <count>
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerTask } from './worker';

const AT_ONCE = 5;

async function run(workerData: WorkerTask): Promise<void> {
  const worker = new Worker(join(__dirname, 'worker.js'), { workerData });
  const ended = new Promise<number>((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  if (workerData.end === 'terminated') {
    await Promise.race([new Promise((resolve) => worker.once('message', resolve)), ended]);
    await worker.terminate();
  }
  const code = await ended;
  if (code !== (workerData.end === 'terminated' ? 1 : 0)) throw new Error(`a worker ended with ${code}`);
}

async function main([port, transport, end, count]: string[]): Promise<void> {
  let left = Number(count);
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run({ port: Number(port), transport, end } as WorkerTask);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (Object.keys(require.cache).some((file) => file.endsWith('.node'))) throw new Error('the main thread has loaded the engine');
  console.log('done');
}

void main(process.argv.slice(2));
