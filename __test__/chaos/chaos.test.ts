/** A thousand rounds of faults from seeds, over both transports and TLS. `npm run chaos -- --rounds 39000` plays more. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { TRANSPORTS } from './plan';

const ROUNDS = 334;
/** Only what hangs takes so long, ms. */
const HANG = 270_000;

for (const transport of TRANSPORTS) {
  test(`${ROUNDS} rounds of chaos over ${transport}`, async () => {
    const args = [join(__dirname, 'main.js'), '--transport', transport, '--rounds', String(ROUNDS)];
    const { code, output } = await new Promise<{ code: number | string | null | undefined; output: string }>((resolve) => {
      const options = { timeout: HANG, killSignal: 'SIGKILL', maxBuffer: 1 << 28 } as const;
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? error.signal) : 0, output: `${stdout}${stderr}` });
      });
    });
    assert.equal(code, 0, output.slice(0, 40_000));
    const kinds = Number(/; (\d+) kinds of fault/.exec(output)?.[1]);
    assert.ok(kinds >= 15, output);
  });
}
