/** One node of a test cluster: a server process that may come and go, on ports that may change. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../../support/certificates';
import { atExit } from '../../support/cleanup';
import { freePort } from '../../support/free-port';
import { RawClient } from '../../support/raw-client';
import type { RespArgument, RespValue } from '../../support/resp';
import type { ServerProgram } from '../../support/server-program';
import { ServerProcess } from '../../support/server-process';

/** How often a start is tried again when a port is taken, and the pause before it where the port cannot be another one, ms. */
const MOST_STARTS = 20;
const START_PAUSE = 500;

/** What all nodes of a cluster have in common. */
export interface NodeSettings {
  readonly program: ServerProgram;
  /** `cluster-node-timeout`, ms. */
  readonly nodeTimeout: number;
  /** Whether the cluster refuses all commands while a slot has no owner. */
  readonly fullCoverage: boolean;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** More arguments of the server program. */
  readonly args: readonly string[];
}

/** A node that is asked something answers within this time, ms, or counts as not answering. */
const ANSWER_TIMEOUT = 5000;

export class ClusterNode {
  /** The id that the cluster knows it by; it has it as soon as it has been started. */
  id = '';
  /** Where it listens for clients. */
  port = 0;
  tlsPort: number | undefined;
  busPort = 0;
  /** The port that it tells to others, if that is not the one that it listens on. */
  announcedPort: number | undefined;
  isPaused = false;
  private readonly folder = mkdtempSync(join(tmpdir(), 'oxredis-'));
  private readonly process: ServerProcess;
  private connection: Promise<RawClient> | undefined;
  private pending = 0;
  private readonly forget: () => void;

  /** @param name for messages, such as `node 0` */
  constructor(readonly name: string, private readonly settings: NodeSettings) {
    this.process = new ServerProcess(settings.program, this.folder);
    this.forget = atExit(() => {
      this.process.abandon();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Whether it can answer. */
  get isUp(): boolean {
    return this.process.isRunning && !this.isPaused;
  }

  /** `host:port` as the cluster tells it. */
  get address(): string {
    return `127.0.0.1:${this.announcedPort ?? this.port}`;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get password(): string | undefined {
    return this.settings.password;
  }

  /** What the server has logged since it was started. */
  get log(): string {
    return this.process.log;
  }

  /** Starts it, on free ports unless it has some already. */
  async start(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const isNew = this.port === 0;
      if (isNew) await this.moveToFreePorts();
      try {
        await this.process.start(this.serverArguments());
        break;
      } catch (error) {
        // Another process may have taken a port between the look and the start; one that must be the same may become free again.
        if (attempt === MOST_STARTS || !/Address already in use/i.test(String(error))) throw error;
        if (isNew) this.port = 0;
        else await sleep(START_PAUSE);
      }
    }
    this.id = String(await this.call('CLUSTER', 'MYID'));
  }

  /** Gives it other ports, for its next start. */
  async moveToFreePorts(): Promise<void> {
    this.port = await freePort();
    this.busPort = await freePort();
    this.tlsPort = this.settings.tls ? await freePort() : undefined;
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void {
    this.isPaused = true;
    this.process.pause();
  }

  /** SIGCONT */
  resume(): void {
    this.isPaused = false;
    this.process.resume();
  }

  /** SIGKILL; its data are gone, its id and what it knows of the cluster are not. */
  async kill9(): Promise<void> {
    this.isPaused = false;
    this.closeAdmin();
    await this.process.kill9();
  }

  /** Ends it by SHUTDOWN. @param save so that it has its data again after the next start */
  async shutDown(save: boolean): Promise<void> {
    // It waits for its replicas otherwise, which may be about to end, too.
    const words = this.settings.program.version[0] >= 7 ? ['NOW'] : [];
    // There is no answer.
    this.call('SHUTDOWN', save ? 'SAVE' : 'NOSAVE', ...words).catch(() => undefined);
    await this.process.gone();
    this.closeAdmin();
  }

  /** Ends it and removes what it has written. */
  async stop(): Promise<void> {
    await this.kill9();
    this.forget();
  }

  /**
   * Sends a command on the harness's own connection.
   * @throws RespError for an error reply, Error if the node does not answer in time
   */
  async call(...args: RespArgument[]): Promise<RespValue> {
    const client = await this.admin();
    this.pending += 1;
    client.socket.ref();
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`${this.name} does not answer to ${args.slice(0, 3).join(' ')}`)), ANSWER_TIMEOUT);
      });
      return await Promise.race([client.call(...args), late]);
    } finally {
      clearTimeout(timer);
      this.pending -= 1;
      // An idle look at the server must not keep the process alive.
      if (this.pending === 0) client.socket.unref();
    }
  }

  /** Opens another raw connection, which the caller closes. */
  connectRaw(): Promise<RawClient> {
    return RawClient.connect({ port: this.port, password: this.settings.password });
  }

  private async admin(): Promise<RawClient> {
    const current = await this.connection?.catch(() => undefined);
    if (current && !current.socket.destroyed) return current;
    this.connection = this.connectRaw();
    return this.connection;
  }

  private closeAdmin(): void {
    void this.connection?.then((client) => client.close(), () => undefined);
    this.connection = undefined;
  }

  private serverArguments(): string[] {
    const { nodeTimeout, fullCoverage, password, args } = this.settings;
    const options: Record<string, string | number> = {
      'port': this.port, 'bind': '127.0.0.1', 'dir': this.folder, 'save': '', 'appendonly': 'no',
      'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf', 'cluster-port': this.busPort,
      'cluster-node-timeout': nodeTimeout, 'cluster-require-full-coverage': fullCoverage ? 'yes' : 'no',
      // A replica stays with its primary, and may follow it however long the link was down.
      'cluster-allow-replica-migration': 'no', 'cluster-replica-validity-factor': 0,
      'repl-diskless-sync-delay': 0, 'repl-ping-replica-period': 1, 'enable-debug-command': 'local',
    };
    if (this.announcedPort !== undefined) options['cluster-announce-port'] = this.announcedPort;
    if (password !== undefined) Object.assign(options, { requirepass: password, masterauth: password });
    if (this.tlsPort !== undefined) {
      const { certFile, keyFile, caFile } = certificate('server');
      Object.assign(options, {
        'tls-port': this.tlsPort, 'tls-cert-file': certFile, 'tls-key-file': keyFile, 'tls-ca-cert-file': caFile, 'tls-auth-clients': 'no',
      });
    }
    return [...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]), ...args];
  }
}
