/** Calls that the facade itself tries several times: their limits count for all attempts together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortError, SimpleError, TimeoutError } from '../../../../lib';
import type { CommandOptions } from '../../../../lib/client/options/command-options';
import { encodeWords } from '../../../../lib/client/encoding/encoded-command';
import type { ClusterExecutor, RoutingNode } from '../../../../lib/cluster/routing/executor';
import { onOwner, type OwnerExecutor } from '../../../../lib/cluster/routing/owner';
import { ClusterScan } from '../../../../lib/cluster/routing/scan';
import { CallLimits } from '../../../../lib/wire/call-limits';

const node = { address: 'a:1' } as RoutingNode;

/** Each attempt is refused; `given` are their options. */
function refusing(): { given: CommandOptions[]; executor: ClusterExecutor & OwnerExecutor } {
  const given: CommandOptions[] = [];
  const executor = {
    primaries: [node], primaryOf: () => node, layoutVersion: 0, mostRedirections: 16,
    parts: { refusal: () => undefined },
    clientOf: () => ({}),
    sendTo: (_node: unknown, _command: unknown, options: CommandOptions) => {
      given.push(options);
      return Promise.reject(new SimpleError('LOADING Redis is loading the dataset in memory'));
    },
  };
  return { given, executor: executor as never };
}

const CALLS: [name: string, call: (executor: ClusterExecutor & OwnerExecutor, options: CommandOptions) => Promise<unknown>][] = [
  ['SCAN', (executor, options) => new ClusterScan('SCAN', 1).page(executor, encodeWords(['SCAN', '0']), options)],
  ['HIMPORT SET', (executor, options) => onOwner(executor, 5, new CallLimits('HIMPORT SET', options), (_client, left) =>
    executor.sendTo(node, encodeWords(['HIMPORT', 'SET']), left))],
];

for (const [name, call] of CALLS) {
  test(`${name}: the deadline`, async () => {
    const { given, executor } = refusing();
    const since = performance.now();
    const error = await call(executor, { deadline: 150 }).then(() => assert.fail('it was served'), (reason: Error) => reason);
    assert.ok(performance.now() - since >= 149);
    assert.ok(error instanceof TimeoutError, String(error));
    assert.match(error.message, new RegExp(`within its deadline of 150ms: ${name} waited to be written, as \\d attempts had failed \\(last error: LOADING `));
    const deadlines = given.map(({ deadline }) => Number(deadline));
    assert.ok(deadlines.length > 1);
    for (const [index, deadline] of deadlines.entries()) if (index > 0) assert.ok(deadline < (deadlines[index - 1] as number), String(deadlines));
  });

  test(`${name}: the signal`, async () => {
    const { given, executor } = refusing();
    const controller = new AbortController();
    const promise = call(executor, { abortSignal: controller.signal });
    const failure = promise.then(() => assert.fail('it was served'), (reason: Error) => reason);
    while (given.length < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('mine'));
    assert.ok(await failure instanceof AbortError);
    assert.equal(given.length, 2, 'there was another attempt');
  });
}
