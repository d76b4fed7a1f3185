import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from './certificates';
import { atExit } from './cleanup';
import { freePort } from './free-port';
import { RawClient } from './raw-client';
import type { RespArgument, RespValue } from './resp';
import { ServerProcess } from './server-process';
import { findServerProgram, type ServerProgram, type ServerVersion } from './server-program';

/** How a test server is to be started. */
export interface ServerOptions {
  /** More arguments of the server program, e.g. `['--maxclients', '10']`. */
  args?: string[];
  /** Listen for TLS too, on `tlsPort`; `'mutual'`: clients need a certificate. */
  tls?: boolean | 'mutual';
  /** Listen on a UNIX socket too, at `path`. */
  unixSocket?: boolean;
  /** Require this password of the default user. */
  password?: string;
  /** Which server; by default the one that this machine has. */
  version?: ServerVersion;
}

/**
 * A private Redis or Valkey server: on free ports of the loopback interface, without persistence, in a folder of its
 * own, stopped with the process at the latest.
 */
export class TestServer {
  /** `redis://…` of the plain port, with the password. */
  readonly url: string;
  /** `rediss://localhost:…`, if TLS is on. */
  readonly tlsUrl: string | undefined;
  private readonly process: ServerProcess;
  private connection: Promise<RawClient> | undefined;
  private forget: (() => void) | undefined;

  constructor(
    private readonly program: ServerProgram,
    private readonly options: ServerOptions,
    private readonly folder: string,
    readonly port: number,
    readonly tlsPort: number | undefined,
  ) {
    this.process = new ServerProcess(program, folder);
    const secret = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
    this.url = `redis://${secret}127.0.0.1:${port}`;
    this.tlsUrl = tlsPort === undefined ? undefined : `rediss://${secret}localhost:${tlsPort}`;
  }

  /** The path of the UNIX socket, if there is one. */
  get path(): string | undefined {
    return this.options.unixSocket ? join(this.folder, 's') : undefined;
  }

  /** `redis` or `valkey`, and `[major, minor]`. */
  get kind(): string {
    return this.program.kind;
  }

  get version(): [number, number] {
    return this.program.version;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** What the server has logged since it was started. */
  get log(): string {
    return this.process.log;
  }

  /** Sends a command on a raw connection of its own (one is kept open). @throws RespError for an error reply */
  async command(...args: RespArgument[]): Promise<RespValue> {
    const client = await this.admin();
    client.socket.ref();
    try {
      return await client.call(...args);
    } finally {
      // An idle look at the server must not keep the process alive.
      client.socket.unref();
    }
  }

  /** Opens another raw connection; the caller closes it. */
  connectRaw(): Promise<RawClient> {
    return RawClient.connect({ port: this.port, password: this.options.password });
  }

  /** Stops answering without closing anything: connections stay open (SIGSTOP). */
  pause(): void {
    this.process.pause();
  }

  /** Goes on after `pause` (SIGCONT). */
  resume(): void {
    this.process.resume();
  }

  /** Kills the server: its sockets are closed, its data are gone. It can be started again. */
  async kill9(): Promise<void> {
    this.closeAdmin();
    await this.process.kill9();
  }

  /** Kills the server and starts it again on the same ports. */
  async restart(): Promise<void> {
    await this.kill9();
    await this.start();
  }

  /** Kills the server and removes its folder. */
  async stop(): Promise<void> {
    await this.kill9();
    this.forget?.();
  }

  /** Starts the program and waits until it accepts connections. */
  async start(): Promise<void> {
    this.forget ??= atExit(() => {
      this.process.abandon();
      rmSync(this.folder, { recursive: true, force: true });
    });
    await this.process.start(this.serverArguments());
  }

  private serverArguments(): string[] {
    const { args = [], tls, password } = this.options;
    const all = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'no'];
    if (this.program.version[0] >= 7) all.push('--enable-debug-command', 'local');
    if (this.path !== undefined) all.push('--unixsocket', this.path);
    if (password !== undefined) all.push('--requirepass', password);
    if (this.tlsPort !== undefined) {
      const { certFile, keyFile, caFile } = certificate('server');
      all.push('--tls-port', String(this.tlsPort), '--tls-cert-file', certFile, '--tls-key-file', keyFile);
      all.push('--tls-ca-cert-file', caFile, '--tls-auth-clients', tls === 'mutual' ? 'yes' : 'no');
    }
    return [...all, ...args];
  }

  private async admin(): Promise<RawClient> {
    const current = await this.connection?.catch(() => undefined);
    if (current && !current.socket.destroyed) return current;
    this.connection = this.connectRaw();
    return this.connection;
  }

  private closeAdmin(): void {
    void this.connection?.then(
      (client) => client.close(),
      () => undefined,
    );
    this.connection = undefined;
  }
}

/**
 * Starts a private server and waits until it is ready.
 * @throws Error if the program is not on this machine or does not start
 */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const program = findServerProgram(options.version);
  if (!program) throw new Error(`no server program for ${options.version ?? 'default'}: run npm run setup or npm run servers`);
  for (let attempt = 0; ; attempt += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'oxredis-'));
    const server = new TestServer(program, options, folder, await freePort(), options.tls ? await freePort() : undefined);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Another process may have taken the port between the look and the start.
      if (attempt === 3 || !/Address already in use/i.test(String(error))) throw error;
    }
  }
}
