import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { RedisStore as SessionStore } from 'connect-redis';
import express, { type NextFunction, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import { RedisStore as LimitStore, type RedisReply } from 'rate-limit-redis';
import { createClient } from 'redis';
import { Server } from 'socket.io';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

export interface Web {
  readonly url: string;
  readonly io: Server;
  close(): Promise<void>;
}

/** Starts a node of the application: pages with sessions and a rate limit, and rooms that span all nodes. */
export async function startWeb(redisUrl: string): Promise<Web> {
  const client = createClient({ url: redisUrl });
  client.on('error', (error: Error) => console.error('web', error.message));
  const subscriber = client.duplicate();
  await Promise.all([client.connect(), subscriber.connect()]);

  const app = express();
  app.use(
    rateLimit({
      windowMs: 60_000,
      limit: 4,
      standardHeaders: 'draft-7',
      legacyHeaders: false,
      keyGenerator: (request) => request.get('x-user') ?? 'nobody',
      validate: false,
      store: new LimitStore({ sendCommand: (...args: string[]): Promise<RedisReply> => client.sendCommand(args) }),
    }),
  );
  app.use(session({ store: new SessionStore({ client, prefix: 'session:' }), secret: 'secret', resave: false, saveUninitialized: false }));
  app.get('/', (request: Request, response: Response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.json({ visits: request.session.visits });
  });
  app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).json({ error: error.message });
  });

  const http: HttpServer = createServer(app);
  const io = new Server(http, { adapter: createAdapter(client, subscriber) });
  io.on('connection', (socket) => {
    socket.on('join', async (room: string, done: () => void) => {
      await socket.join(room);
      done();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    await io.close();
    await Promise.all([client.close(), subscriber.close()]);
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, io, close };
}
