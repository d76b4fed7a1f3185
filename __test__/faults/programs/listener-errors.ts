/**
 * What becomes of the exceptions of listeners, situation by situation.
 *
 *   node listener-errors.js <package> <situation>,<event>,heard|unheard ...
 *
 * Prints a line of JSON for each case: the case, and what happened in order. Exceptions that reach the process are part of it.
 */
import net from 'node:net';
import { until } from '../../support/until';

type Client = ReturnType<typeof import('../../../lib')['createClient']>;

const EVENTS = ['connect', 'ready', 'error', 'reconnecting', 'end', 'terminated'];
/** So many attempts fail before the strategy gives up, where it does. */
const ATTEMPTS = 3;

/** Answers what a client sends, or hangs up at once. */
class Server {
  refuses = false;
  readonly sockets = new Set<net.Socket>();
  readonly #server = net.createServer((socket) => {
    if (this.refuses) return void socket.destroy();
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    socket.on('data', (chunk) => {
      for (const [, name] of chunk.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        socket.write(name === 'HELLO' ? '%1\r\n$5\r\nproto\r\n:3\r\n' : name === 'GET' ? '$1\r\nv\r\n' : '+OK\r\n');
      }
    });
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.hangUp();
    this.#server.close();
  }
}

let log: string[] = [];
process.on('uncaughtException', (error: Error) => log.push(`uncaught: ${error.message}`));
process.on('unhandledRejection', (error: Error) => log.push(`unhandled: ${error.message}`));

const settled = (what: string, promise: Promise<unknown>): Promise<unknown> => promise.then(
  () => log.push(what), (error: Error) => log.push(`${what}: ${error.message}`));

/** After the loss: the client is ready again, or has given up. */
async function lose(server: Server, client: Client, givesUp: boolean): Promise<void> {
  log.push('-- loss');
  server.refuses = !givesUp;
  server.hangUp();
  if (givesUp) return until(() => !client.isOpen, 'the end of a client');
  // Some attempts fail.
  await until(() => log.filter((line) => line.startsWith('strategy')).length >= ATTEMPTS, 'failing attempts');
  server.refuses = false;
  await until(() => client.isReady, 'a client that is ready again');
}

async function play(library: typeof import('../../../lib'), situation: string, event: string, isHeard: boolean): Promise<string[]> {
  log = [];
  const server = new Server();
  server.refuses = situation === 'refused';
  const port = await server.listen();
  const givesUp = situation === 'given-up' || situation === 'refused';
  const reconnectStrategy = (retries: number): number | Error => {
    log.push(`strategy ${retries}`);
    return givesUp && (situation === 'given-up' || retries >= ATTEMPTS - 1) ? new Error('enough') : 1;
  };
  const client = library.createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy } }) as Client;
  for (const name of EVENTS) {
    if (name === 'error' && !isHeard) continue;
    client.on(name, (value?: Error) => {
      log.push(value === undefined ? name : `${name}: ${value.message}`);
      if (name === event) throw new Error(`from ${event}`);
    });
  }
  await settled('connected', client.connect());
  if (client.isOpen && (situation === 'lost' || situation === 'given-up')) await lose(server, client, givesUp);
  log.push(`${client.isOpen ? 'open' : 'closed'}${client.isReady ? ', ready' : ''}`);
  if (client.isReady) log.push(`get ${await client.get('key')}`);
  if (client.isOpen && situation === 'closed') {
    await settled('close()', client.close());
  } else {
    try {
      client.destroy();
      log.push('destroyed');
    } catch (error) {
      log.push(`destroy() threw: ${(error as Error).message}`);
    }
  }
  log.push(client.isOpen ? 'open' : 'closed');
  // What was thrown in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  return log;
}

async function main([name, ...cases]: string[]): Promise<void> {
  const library = require(name) as typeof import('../../../lib');
  for (const one of cases) {
    const [situation, event, heard] = one.split(',');
    console.log(JSON.stringify([one, await play(library, situation, event, heard === 'heard')]));
  }
}

void main(process.argv.slice(2)).then(() => process.exit());
