/**
 * Runs an interleaved schedule: for each round and each workload, all contenders run one after another, in a rotating
 * order.
 */
import { Contestant } from './contestant.mjs';
import { takesPart } from './contenders/index.mjs';
import { median, spread } from './statistics.mjs';

/**
 * Starts the workers and connects them, one after another.
 * @returns {Promise<{running: Contestant[], missing: Map<string, string>}>} `missing`: contender → why it cannot run
 */
export async function startAll(contenders, target) {
  const running = [];
  const missing = new Map();
  for (const contender of contenders) {
    const contestant = new Contestant(contender);
    try {
      contestant.connected = await contestant.ask('connect', { target }, 20_000);
      running.push(contestant);
    } catch (error) {
      missing.set(contender.name, error.message.replace(/^Error: /, '').split('\n')[0]);
      await contestant.stop();
    }
  }
  return { running, missing };
}

/** Yields who runs what when: `{round, workload, contestant}`; rounds below 0 are warm-up. */
export function* schedule(contestants, workloads, rounds, warmUp) {
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    for (const [position, workload] of workloads.entries()) {
      const taking = contestants.filter(({ contender }) => takesPart(contender, workload));
      for (let i = 0; i < taking.length; i++) {
        yield { round, workload, contestant: taking[(i + position + round + 1) % taking.length] };
      }
    }
  }
}

/**
 * Runs the schedule.
 * @returns {Promise<Map<string, Map<string, object[]>>>} workload → contender → one sample per round
 */
export async function measure(contestants, workloads, { rounds, ms, warmUp }, progress) {
  const samples = new Map(workloads.map(({ name }) => [name, new Map()]));
  for (const { round, workload, contestant } of schedule(contestants, workloads, rounds, warmUp)) {
    const { name } = contestant.contender;
    progress.step(`${round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`}: ${workload.name}, ${name}`);
    let sample;
    try {
      sample = await contestant.ask('run', { workload: workload.name, ms: round < 0 ? warmUp : ms * (workload.share ?? 1) });
    } catch (error) {
      throw new Error(`${name} failed in ${workload.name}: ${error.message}`);
    }
    if (round < 0) continue;
    const ofWorkload = samples.get(workload.name);
    if (!ofWorkload.has(name)) ofWorkload.set(name, []);
    ofWorkload.get(name).push(sample);
  }
  return samples;
}

/**
 * Computes medians of the samples: rate in operations per second, CPU in µs per operation, delay in ms, spread as a
 * fraction.
 */
export function summarise(samples) {
  const rates = samples.map(({ operations, elapsed }) => operations * 1000 / elapsed);
  const delays = samples.map(({ delayP99 }) => delayP99).filter(delay => delay !== undefined && delay !== null);
  return {
    rate: median(rates),
    spread: spread(rates),
    cpu: median(samples.map(({ operations, cpu }) => cpu / operations)),
    delay: median(delays)
  };
}
