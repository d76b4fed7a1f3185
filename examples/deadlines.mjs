/** Time limits and abort signals: what each of them covers. */
import { createClient, AbortError, TimeoutError } from '../index.js'; // from 'oxredis' in a project of your own

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
client.on('error', (error) => console.error('error:', error.message));
await client.connect();

/** Runs an action that shall fail; prints how and after how many milliseconds. */
async function failing(title, type, action) {
  const started = performance.now();
  const error = await action().then(() => undefined, (caught) => caught);
  if (!(error instanceof type)) throw new Error(`${title}: expected ${type.name}, got ${error}`);
  const { code, command, phase } = error;
  console.log(`${title}: ${type.name} after ${(performance.now() - started).toFixed(0)} ms`, { code, command, phase });
}

const EMPTY = 'example:deadlines:empty';

// `timeout` (5000 ms by default) covers the wait to be sent only: a BLPOP that was sent is not limited by it.
console.log('timeout: 50, BLPOP for 0.1 s:', await client.withCommandOptions({ timeout: 50 }).blPop(EMPTY, 0.1));

// `deadline` covers waiting and flight. The reply, should it still come, is dropped; the server may have run the command.
const blocked = client.duplicate();
blocked.on('error', (error) => console.error('error:', error.message));
await blocked.connect();
await failing('deadline: 50', TimeoutError, () => blocked.withCommandOptions({ deadline: 50 }).blPop(EMPTY, 0));

// This connection is still blocked on the server, so commands that follow wait to be answered, and can be given up.
await failing('abortInFlight', AbortError, () =>
  blocked.withCommandOptions({ abortSignal: AbortSignal.timeout(50), abortInFlight: true }).ping());
blocked.destroy();

// Without `abortInFlight` a signal takes back what was not sent yet.
const aborted = AbortSignal.abort();
await failing('aborted before it was sent', AbortError, () => client.withAbortSignal(aborted).get(EMPTY));

// `close` waits for commands; with a timeout it rejects what still runs then.
const pending = client.blPop(EMPTY, 0).catch((error) => console.log('blPop while closing:', error.message));
await client.close({ timeout: 50 });
await pending;
