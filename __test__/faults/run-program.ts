import { execFile } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';

/** Only a program that hangs takes so long. Ms. */
const HANG = 240_000;

/** How a program ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program of the folder `programs`, or one with an absolute path, to its end, with `gc()`; one that hangs is killed. */
export function runProgram(program: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath, ['--expose-gc', resolvePath(__dirname, 'programs', program), ...args], { timeout: HANG, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
}
