import { spawn } from 'node:child_process';

/**
 * How long to wait for the rest of the output after a program has ended, in ms: a process that it started can keep the
 * pipes open.
 */
const REST = 2000;

const WINDOWS = process.platform === 'win32';

/** Process groups in progress; they are killed when this process exits. */
const running = new Set();
process.once('exit', () => running.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/**
 * Runs a program in a process group of its own, with a time limit.
 * @param {string} program
 * @param {string[]} args
 * @param {{cwd: string, env?: Record<string, string | undefined>, timeout: number}} options `timeout` in ms; then the
 *   whole group is killed
 * @returns {Promise<{code: number | string, output: string, seconds: number}>} `code`: its exit code, or the reason why
 *   there is none
 */
export function runBounded(program, args, { cwd, env, timeout }) {
  const started = Date.now();
  return new Promise((resolve) => {
    const shell = WINDOWS && !program.endsWith('.exe');
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: !WINDOWS, shell });
    running.add(child);
    let output = '';
    let why;
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      killGroup(child);
      resolve({ code, output, seconds: (Date.now() - started) / 1000 });
    };
    const timer = setTimeout(() => {
      why = `still running after ${timeout / 1000} s`;
      output += `\n${why}\n`;
      killGroup(child);
    }, timeout);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => {
      output += error.message;
      finish('not started');
    });
    child.once('exit', (code, signal) => {
      const told = why ?? code ?? signal;
      const rest = setTimeout(() => finish(told), REST);
      child.once('close', () => {
        clearTimeout(rest);
        finish(told);
      });
    });
  });
}

function killGroup(child) {
  if (child.pid === undefined) return;
  try {
    if (WINDOWS) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}
