/** A worker thread with a client of its own: `workerData` says what it does. */
import { parentPort, workerData } from 'node:worker_threads';
import { createClient } from '../../../lib/client';
import { RESP_TYPES } from '../../../lib/wire/resp-types';

/** What a worker does. */
export interface WorkerTask {
  port: number;
  transport: 'uv' | 'pump';
  /** `terminated`: it says `busy` with commands under way; `closed`: it closes its client; `exits`: it calls process.exit(). */
  end: 'terminated' | 'closed' | 'exits';
}

const kept: unknown[] = [];

async function main({ port, transport, end }: WorkerTask): Promise<void> {
  const client = createClient({ socket: { host: '127.0.0.1', port, transport } });
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  await client.subscribe('news', () => undefined);
  await client.set('worker', 'x'.repeat(10_000));
  if ((await client.get('worker'))?.length !== 10_000) throw new Error('not what was set');
  // Buffers over memory of the engine are alive when the thread ends, and some are garbage.
  await client.set('big', 'x'.repeat(200_000));
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  for (let i = 0; i < 4; i++) kept[i % 3] = await bytes.get('big');
  if (end === 'closed') {
    await client.unsubscribe('news');
    return client.close();
  }
  const flood = Array.from({ length: 500 }, () => client.get('worker'));
  const waiting = client.blPop('nobody', 0);
  for (const promise of [...flood, waiting]) promise.catch(() => undefined);
  if (end === 'exits') return process.exit(0);
  parentPort?.postMessage('busy');
  // Replies keep coming while the thread is taken down.
  for (;;) await client.get('worker').catch(() => undefined);
}

void main(workerData as WorkerTask);
