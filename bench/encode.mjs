/**
 * Measures the cost of encoding single commands without a connection, for oxredis and npm redis alternately, each in a
 * process of its own.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './statistics.mjs';

const execute = promisify(execFile);
const WORKER = fileURLToPath(new URL('encode-worker.mjs', import.meta.url));

/**
 * @param rounds how often each library is measured
 * @param ms milliseconds per command
 * @returns command → `{oxredis, redis}`, in ns
 */
export async function encodeCosts(rounds, ms, progress) {
  const samples = new Map();
  for (let round = 0; round < rounds; round++) {
    const sizes = {};
    for (const library of round % 2 === 0 ? ['oxredis', 'redis'] : ['redis', 'oxredis']) {
      progress.step(`encoding: ${library}`);
      const { stdout } = await execute(process.execPath, [WORKER, library, String(ms)]);
      for (const [command, { ns, bytes }] of Object.entries(JSON.parse(stdout))) {
        if (sizes[command] !== undefined && sizes[command] !== bytes) throw new Error(`${command} is encoded differently by ${library}`);
        sizes[command] = bytes;
        if (!samples.has(command)) samples.set(command, { oxredis: [], redis: [] });
        samples.get(command)[library].push(ns);
      }
    }
  }
  return new Map([...samples].map(([command, of]) => [command, { oxredis: median(of.oxredis), redis: median(of.redis) }]));
}
