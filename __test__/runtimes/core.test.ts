import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificate } from '../support/certificates';
import { REPOSITORY } from '../support/paths';
import { onEachServer } from '../support/on-server';
import { startServer } from '../support/server';

const execute = promisify(execFile);

/** Runs the plain script of the core tests, on the package as it is published, with the runtime of this test. */
onEachServer((version) => {
  for (const transport of ['uv', 'pump']) {
    test(`the core script on server ${version}, transport ${transport}`, async () => {
      const server = await startServer({ version, tls: true, unixSocket: true });
      try {
        const env = {
          ...process.env,
          OXREDIS_TRANSPORT: transport,
          REDIS_URL: server.url,
          REDIS_SOCKET: server.path,
          REDIS_TLS_URL: server.tlsUrl,
          REDIS_TLS_CA: certificate('server').caFile,
        };
        const script = join(REPOSITORY, '__test__', 'runtimes', 'core.mjs');
        const { stdout } = await execute(process.execPath, [script], { env, timeout: 120_000 }).catch((error: unknown) => {
          const { stdout: out, stderr } = error as { stdout: string; stderr: string };
          throw new Error(`the script failed:\n${out}${stderr}`);
        });
        assert.match(stdout, /^\d+ passed, 0 failed$/m);
      } finally {
        await server.stop();
      }
    });
  }
});
