import { createServer } from 'node:net';

const LOWEST = 10_000;
const HIGHEST = 30_000;

/**
 * A port of the loopback interface that nothing listens on. It is drawn from below the range that the system gives to
 * outgoing connections, so that none of those takes it before its user binds it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
