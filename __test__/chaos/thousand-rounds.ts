import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Transport } from './plan';

/** Of each transport: a thousand in all. `npm run chaos -- --rounds 39000` plays more. */
const ROUNDS = 334;
const FEWEST_KINDS = 15;
/** Only what hangs takes so long, ms. */
const HANG = 285_000;

/** Declares the test that plays the rounds of a transport, in a process that has to end by itself. */
export function roundsOfChaos(transport: Transport): void {
  test(`${ROUNDS} rounds of chaos over ${transport}`, async () => {
    const args = ['--enable-source-maps', join(__dirname, 'main.js'), '--transport', transport, '--rounds', String(ROUNDS)];
    const { ended, output } = await new Promise<{ ended: unknown; output: string }>((resolve) => {
      const options = { timeout: HANG, killSignal: 'SIGKILL', maxBuffer: 1 << 28 } as const;
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        resolve({ ended: error ? (error.signal ?? error.code) : 0, output: `${stdout}${stderr}` });
      });
    });
    assert.equal(ended, 0, `ended with ${String(ended)}\n${output.slice(0, 40_000)}`);
    const [, rounds, kinds] = /^(\d+) rounds .*; (\d+) kinds of fault/m.exec(output) ?? [];
    assert.equal(Number(rounds), ROUNDS, output);
    assert.ok(Number(kinds) >= FEWEST_KINDS, output);
  });
}
