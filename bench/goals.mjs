/** The goals for oxredis: ratios to npm `redis`, and absolute limits. */

/** Workload → [ratio to redis with default options, ratio to redis with timeouts off]. */
export const GOALS = {
  seq: [1.5, 1.2], pipe10: [3, 1.3], pipe100: [16, 3.5], pipe1000: [25, 5], burst: [35, 10], get1k: [16, 3.5],
  hgetall: [4, 2.8], lrange: [5.5, 4.5], mget100: [2.8, 2], get1mb: [2, 1.3], 'get1mb-buffer': [2.3, 2],
  set1mb: [3, 2.7], mixed10: [14, 2.8]
};

/** The fraction of a goal that must be reached to pass, because results vary between machines. */
export const THRESHOLD = 0.75;

/** Ratios that must be reached completely. */
const FULL = {
  tls100: [4, 1.5], pool1000: [5, 5], cachehit: [6, 6], cachehash: [3, 3], cluster100: [8, 4], cluster1000: [8, 4]
};

const BASELINES = ['redis', 'redis-notimeout'];
const RIVALS = ['ioredis', 'ioredis-auto', 'glide'];

/** Returns goal, threshold and reached ratios of one workload; undefined if there is no goal or no result. */
export function verdict(results, workload) {
  const goals = GOALS[workload] ?? FULL[workload];
  const of = results.summary.get(workload);
  if (!goals || !of?.has('oxredis')) return undefined;
  const share = GOALS[workload] ? THRESHOLD : 1;
  const ratios = BASELINES.map(name => ratio(of, 'oxredis', name));
  const met = ratios.every((value, i) => value === undefined || value >= goals[i] * share);
  return { goals, thresholds: goals.map(goal => goal * share), ratios, met };
}

/** Returns the rate of one contender divided by that of another; undefined if either is missing. */
export function ratio(ofWorkload, name, baseline) {
  const rate = ofWorkload.get(name)?.rate;
  const base = ofWorkload.get(baseline)?.rate;
  return rate && base ? rate / base : undefined;
}

/** Returns the checks other than ratios, as `{title, limit, value, met}`; only those that were measured. */
export function absoluteChecks({ summary, idle, require, binary, types, cacheMemory, routing }) {
  const checks = [];
  const atMost = (title, limit, unit, value, digits = 2) => {
    if (value !== undefined) checks.push({ title, limit: `≤ ${limit} ${unit}`, value: `${value.toFixed(digits)} ${unit}`, met: value <= limit });
  };
  atMost('CPU per operation, pipe100', 1.2, 'µs', summary.get('pipe100')?.get('oxredis')?.cpu);
  for (const row of ['cluster100', 'cluster1000']) atMost(`CPU per operation, ${row}`, 3, 'µs', summary.get(row)?.get('oxredis')?.cpu);
  atMost('CPU of routing, per command', 100, 'ns', routing?.cost, 0);
  atMost('p99 event-loop delay, 64 KB × 100', 3, 'ms', summary.get('delay64k')?.get('oxredis')?.delay);
  atMost('cold require with a first client', 60, 'ms', require?.get('oxredis'), 0);
  const size = binary?.get('oxredis');
  atMost('platform binary', 5, 'MB', size === undefined ? undefined : size / 1e6, 1);
  const each = idle?.get('oxredis');
  atMost('resident memory per idle connection', 20, 'KB', each === undefined ? undefined : each / 1024, 1);
  const growth = cacheMemory?.get('oxredis')?.growth;
  atMost('memory of a 10 MB cache after 1,000,000 keys', 11, 'MB', growth === undefined ? undefined : growth / 2 ** 20, 1);
  for (const [title, key] of [['time', 'total'], ['memory', 'memory']]) {
    const [ours, theirs] = [types?.get('oxredis'), types?.get('redis')];
    atMost(`type-checking against redis, ${title}`, 60, '%', ours && theirs && ours[key] / theirs[key] * 100, 0);
  }
  for (const [i, least] of [4, 3].entries()) {
    const seq = summary.get('seq');
    const value = seq && ratio(seq, 'oxredis-busy', BASELINES[i]);
    const limit = least * THRESHOLD;
    if (value) checks.push({ title: `seq with busy-poll against ${BASELINES[i]}`, limit: `≥ ${limit.toFixed(2)}×`, value: `${value.toFixed(2)}×`, met: value >= limit });
  }
  const [hits, reads] = ['cachehit', 'get1000'].map(name => summary.get(name)?.get('oxredis')?.rate);
  if (hits && reads) {
    checks.push({ title: 'cached GET against GET, 1,000 concurrent', limit: '≥ 1.50×', value: `${(hits / reads).toFixed(2)}×`, met: hits / reads >= 1.5 });
  }
  const behind = workloadsBehind(summary);
  if (behind) checks.push({ title: 'ahead of ioredis and valkey-glide', limit: 'everywhere', value: behind.length ? `not in ${behind.join(', ')}` : 'everywhere', met: behind.length === 0 });
  return checks;
}

/** Returns the workloads in which a rival is faster; undefined if nothing could be compared. */
function workloadsBehind(summary) {
  const behind = new Set();
  let compared = 0;
  for (const [workload, of] of summary) {
    for (const name of RIVALS) {
      const value = ratio(of, 'oxredis', name);
      if (value !== undefined) compared++;
      if (value < 1) behind.add(workload);
    }
  }
  return compared ? [...behind] : undefined;
}
