/** Parses the command line of the benchmark. */
import { parseArgs } from 'node:util';
import { CONTENDERS, takesPart } from './contenders/index.mjs';
import { WORKLOADS } from './workloads.mjs';

export const HELP = `npm run bench -- [options]

  --only a,b         these workloads only: ${WORKLOADS.map(({ name }) => name).join(' ')}
  --only-cluster     the workloads on a cluster only, and the cost of routing
  --contenders a,b   these contenders only: ${CONTENDERS.map(({ name }) => name).join(' ')}
  --rounds N         measured rounds (default 5)
  --ms N             milliseconds per workload and round (default 600)
  --no-extras        leave out cold require, idle connections and binary sizes
  --smoke            everything once and very briefly; fails on errors, asserts no timings, writes nothing
  --soak SECONDS     one contender (oxredis) at full pipeline; prints the resident size and its slope
  --write            write docs/benchmarks.md and docs/benchmarks.svg although the run is not a full one
  --no-write         do not write them after a full run
  --json FILE        also write all results as JSON
`;

function list(text, known, what) {
  if (text === undefined) return undefined;
  const names = text.split(',').map(name => name.trim()).filter(Boolean);
  const wrong = names.find(name => !known.some(one => one.name === name));
  if (wrong !== undefined) throw new Error(`unknown ${what}: ${wrong}`);
  return names;
}

function number(text, fallback, name) {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} takes a positive number`);
  return value;
}

/** Parses the arguments after the script's name. Throws an Error with a plain message if one is invalid. */
export function parseOptions(argv) {
  const flag = { type: 'boolean', default: false };
  const text = { type: 'string' };
  const { values } = parseArgs({
    args: argv,
    options: {
      only: text, contenders: text, rounds: text, ms: text, soak: text, json: text,
      smoke: flag, 'only-cluster': flag, write: flag, 'no-write': flag, 'no-extras': flag, help: flag
    }
  });
  const only = values['only-cluster']
    ? WORKLOADS.filter(({ needsCluster }) => needsCluster).map(({ name }) => name)
    : list(values.only, WORKLOADS, 'workload');
  const chosen = list(values.contenders, CONTENDERS, 'contender');
  const full = !only && !chosen && !values.smoke && !values['no-extras'];
  const workloads = WORKLOADS.filter(({ name }) => !only || only.includes(name));
  return {
    help: values.help,
    smoke: values.smoke,
    soak: values.soak === undefined ? undefined : number(values.soak, 0, 'soak'),
    workloads,
    contenders: CONTENDERS.filter(one => (!chosen || chosen.includes(one.name)) && workloads.some(workload => takesPart(one, workload))),
    only,
    contendersGiven: chosen !== undefined,
    rounds: values.smoke ? 1 : Math.ceil(number(values.rounds, 5, 'rounds')),
    ms: values.smoke ? 15 : number(values.ms, 600, 'ms'),
    warmUp: values.smoke ? 0 : 300,
    scale: values.smoke ? 0.02 : 1,
    routingTurns: values.smoke ? 1 : full || values['only-cluster'] ? 40 : 0,
    extras: !values['no-extras'] && !values['only-cluster'] && (full || values.smoke || values.write),
    write: !values.smoke && !values['no-write'] && (full || values.write),
    json: values.json,
    steps(contenders, workloads) {
      const extras = this.extras ? contenders * (this.smoke ? 3 : 17) + (this.smoke ? 2 : 6) : 0;
      return (this.routingTurns > 0 ? 1 : 0) + contenders * workloads * (this.rounds + (this.warmUp ? 1 : 0)) + extras;
    }
  };
}
