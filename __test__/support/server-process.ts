import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { ServerProgram } from './server-program';

const START_TIMEOUT = 15_000;

/** The process of a server: started, stopped, paused and killed, again and again. It dies with this process. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';

  /** @param folder where the server works and writes */
  constructor(private readonly program: ServerProgram, private readonly folder: string) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** What the server has logged since it was started. */
  get log(): string {
    return this.output;
  }

  /** Whether the process is there; it may be paused. */
  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops it without closing anything: connections stay open (SIGSTOP). */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  /** Goes on after `pause` (SIGCONT). */
  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Kills the process at once and does not wait for its end. */
  abandon(): void {
    this.child?.kill('SIGKILL');
  }

  /** Kills the process and waits until it is gone: its sockets are closed then. */
  async kill9(): Promise<void> {
    const gone = this.gone();
    this.child?.kill('SIGKILL');
    await gone;
  }

  /** Resolves when the process is gone, whatever ends it. */
  async gone(): Promise<void> {
    const child = this.child;
    if (!child || !this.isRunning) return;
    child.ref();
    await new Promise((resolve) => child.once('exit', resolve));
  }

  /**
   * Starts the program and waits until it accepts connections.
   * @throws Error with what it logged, if it does not
   */
  async start(serverArguments: readonly string[]): Promise<void> {
    this.output = '';
    const [command, ...args] = diesWithUs([this.program.command, ...this.program.args, ...serverArguments]);
    const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder });
    this.child = child;
    await this.untilReady(child);
    child.unref();
    for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref?(): void }).unref?.();
  }

  private untilReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`${this.program.command} ${why}\n${this.output}`));
      };
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`did not start within ${START_TIMEOUT} ms`);
      }, START_TIMEOUT);
      const listen = (chunk: Buffer): void => {
        this.output = (this.output + chunk.toString()).slice(-100_000);
        if (/ready to accept connections/i.test(this.output)) {
          clearTimeout(timer);
          resolve();
        }
      };
      child.stdout?.on('data', listen);
      child.stderr?.on('data', listen);
      child.once('error', (error) => fail(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
    });
  }
}

/** Where the system can do it, ties a child's life to ours, so that even SIGKILL leaves no server behind. */
function diesWithUs(command: string[]): string[] {
  const setpriv = '/usr/bin/setpriv';
  const usable = process.platform === 'linux' && isMainThread && existsSync(setpriv);
  return usable ? [setpriv, '--pdeathsig', 'KILL', ...command] : command;
}
