/** The tables of the reports, as `{title, head, rows}` of strings, used by the terminal and the document alike. */
import * as format from './format.mjs';
import { absoluteChecks, ratio, verdict } from './goals.mjs';

const mark = met => met ? 'pass' : 'FAIL';

function byContender(title, results, names, cell) {
  return {
    title,
    head: ['workload', ...names.map(name => labelOf(results, name))],
    rows: [...results.summary].map(([workload, of]) => [workload, ...names.map(name => cell(of, name))])
  };
}

export function labelOf(results, name) {
  return results.contenders.find(one => one.name === name).label;
}

function namesOf(results) {
  return results.contenders.filter(one => !one.missing).map(({ name }) => name);
}

/** Operations per second of all contenders. */
export function rateTable(results) {
  return byContender('Operations per second', results, namesOf(results), (of, name) => format.rate(of.get(name)?.rate));
}

/** Microseconds of CPU per operation, over all threads of the client's process. */
export function cpuTable(results) {
  return byContender('CPU per operation, µs', results, namesOf(results), (of, name) => format.fixed(of.get(name)?.cpu, 2));
}

/** All rates divided by that of npm redis with default options. */
export function ratioTable(results) {
  return byContender('Ratio to redis with default options', results, namesOf(results),
    (of, name) => format.times(ratio(of, name, 'redis')));
}

/** The results of oxredis compared with the goals. */
export function goalTable(results) {
  const rows = [];
  for (const workload of results.summary.keys()) {
    const found = verdict(results, workload);
    if (!found) continue;
    const { goals, thresholds, ratios, met } = found;
    rows.push([workload, ...ratios.flatMap((value, i) => [format.times(value), format.times(goals[i]), `${thresholds[i].toFixed(2)}×`]), mark(met)]);
  }
  return {
    title: 'oxredis against its goals',
    head: ['workload', 'to redis', 'goal', 'needed', 'to redis, timeouts off', 'goal', 'needed', 'verdict'], rows
  };
}

/** Limits other than ratios per workload. */
export function limitTable(results) {
  return {
    title: 'Limits', head: ['what', 'limit', 'measured', 'verdict'],
    rows: absoluteChecks(results).map(({ title, limit, value, met }) => [title, limit, value, mark(met)])
  };
}

/** Memory, start-up and event-loop figures per contender. */
export function footprintTable(results) {
  const delays = results.summary.get('delay64k');
  return {
    title: 'Memory, start-up and event loop',
    head: ['contender', 'RSS connected, MB', 'RSS peak, MB', 'per idle connection, KB', 'cold require and a first client, ms', 'native binary, MB', 'loop delay p99, ms'],
    rows: namesOf(results).map(name => [
      labelOf(results, name),
      format.megabytes(results.memory.get(name)?.rss), format.megabytes(results.memory.get(name)?.peak),
      format.kilobytes(results.idle?.get(name)), format.fixed(results.require?.get(name), 0),
      results.binary?.get(name) ? format.fixed(results.binary.get(name) / 1e6, 1) : '–',
      format.fixed(delays?.get(name)?.delay, 1)
    ])
  };
}

/** The cost of encoding one command. */
export function encodeTable(results) {
  return {
    title: 'Encoding one command, ns',
    head: ['command', 'oxredis', 'redis', 'ratio'],
    rows: [...results.encode ?? []].map(([command, { oxredis, redis }]) =>
      [command, format.fixed(oxredis, 0), format.fixed(redis, 0), format.times(redis / oxredis)])
  };
}

/** What routing costs. */
export function routingTable({ routing }) {
  const row = key => [key, format.fixed(routing[key], 0)];
  return {
    title: 'CPU of a command of a single client and of a cluster client, ns',
    head: ['client', 'oxredis'],
    rows: routing === undefined ? [] : [...['single', 'cluster'].map(row), ['difference', format.fixed(routing.cost, 0)]]
  };
}

/** The cost of type-checking an application. */
export function typeTable(results) {
  const [ours, theirs] = [results.types?.get('oxredis'), results.types?.get('redis')];
  const cells = (title, one, other, digits) => [title, format.fixed(one, digits), format.fixed(other, digits), `${Math.round(one / other * 100)} %`];
  const row = (title, key, digits) => cells(title, ours[key], theirs[key], digits);
  const full = (title, key, digits) => cells(`${title}, without skipLibCheck`, ours.full[key], theirs.full[key], digits);
  return {
    title: 'Type-checking an application of 100 commands',
    head: ['what', 'oxredis', 'redis', 'part'],
    rows: ours === undefined ? [] : [
      row('checking, s', 'check', 2), row('whole run of tsc, s', 'total', 2), row('memory, MB', 'memory', 0),
      full('whole run of tsc, s', 'total', 2), full('memory, MB', 'memory', 0)
    ]
  };
}

/** All tables that have rows, in the order of the report. */
export function allTables(results) {
  return [rateTable, ratioTable, goalTable, limitTable, cpuTable, footprintTable, encodeTable, routingTable, typeTable]
    .map(make => make(results)).filter(({ rows }) => rows.length > 0);
}
