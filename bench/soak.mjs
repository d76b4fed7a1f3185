/** A long run with a full pipeline, during which resident memory must not grow. */
import { Contestant } from './contestant.mjs';
import { slope } from './statistics.mjs';

const MEGABYTE = 1024 * 1024;
/** The fraction of the run in which caches and heaps may still fill. */
const SETTLING = 0.25;
/** Resident memory counts as flat if it grows by less than this over the fitted part of the run. */
const ALLOWED_GROWTH = 8 * MEGABYTE;

/**
 * Runs the workloads one after another for `seconds`, and prints resident memory every 10 seconds.
 * @returns {Promise<boolean>} whether resident memory stayed flat (least squares over the last three quarters)
 */
export async function soak(contender, workloads, target, seconds) {
  const contestant = new Contestant(contender);
  await contestant.ask('connect', { target });
  const interval = Math.min(10, seconds / 5);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const points = [];
  let operations = 0;
  try {
    for (let turn = 0; elapsed() < seconds; turn++) {
      const until = (turn + 1) * interval;
      for (const [i, { name }] of workloads.entries()) {
        const ms = Math.max(50, (until - elapsed()) * 1000 / (workloads.length - i));
        operations += (await contestant.ask('run', { workload: name, ms }, ms + 60_000)).operations;
      }
      const { rss } = await contestant.ask('memory');
      points.push([elapsed(), rss]);
      console.log(`${elapsed().toFixed(0).padStart(5)} s  ${(rss / MEGABYTE).toFixed(1).padStart(7)} MB  ${(operations / 1e6).toFixed(1)}M operations`);
    }
  } finally {
    await contestant.stop();
  }
  const fitted = points.filter(([x]) => x >= seconds * SETTLING);
  const perSecond = slope(fitted);
  const growth = perSecond * (fitted.at(-1)[0] - fitted[0][0]);
  const flat = growth < ALLOWED_GROWTH;
  console.log(`slope ${(perSecond * 60 / 1024).toFixed(0)} KB per minute over the last ${fitted.length} points, ` +
    `growth ${(growth / MEGABYTE).toFixed(1)} MB: ${flat ? 'flat' : 'NOT flat'}`);
  return flat;
}
