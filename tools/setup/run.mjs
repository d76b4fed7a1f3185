import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './paths.mjs';

/** An error whose message is all that the user needs; its stack is not printed. */
export class SetupError extends Error {}

/** Prints the heading of a step to stderr, so that stdout has only the program's own output. */
export function say(text) {
  process.stderr.write(`▸ ${text}\n`);
}

/**
 * Runs a program in the root of the repository, and shows its output as it arrives.
 * @param {string} program
 * @param {string[]} args
 * @param {{env?: Record<string, string>, cwd?: string, quiet?: boolean}} [options] quiet: shows the output only if it
 *   fails
 * @throws SetupError if it cannot be started or does not exit with 0
 */
export function run(program, args, { env, cwd = ROOT, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && !program.endsWith('.exe');
    // Output of the setup goes to stderr, for the same reason as in say().
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 2, 2];
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio, shell });
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new SetupError(`${program} cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new SetupError(`${[program, ...args].join(' ')} failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

/**
 * Searches for a program in PATH and in further folders.
 * @returns {string | undefined} its full path
 */
export function which(name, folders = []) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...folders]) {
    if (!folder) continue;
    for (const candidate of names) {
      const file = join(folder, candidate);
      try {
        accessSync(file, constants.X_OK);
        if (statSync(file).isFile()) return file;
      } catch {
        // The program is not in this folder.
      }
    }
  }
  return undefined;
}
