import type { NullReply, SimpleStringReply } from '../wire/resp-types';
import { none, pushOption } from './args';
import type { SlotRange } from './cluster';
import { command } from './command';
import { isMissing, pairsOf, rowsOf } from './containers';
import * as reply from './replies';

/** The resource by which hot keys are measured. */
export const HOTKEYS_METRICS = { CPU: 'CPU', NET: 'NET' } as const;

/** One of {@link HOTKEYS_METRICS}. */
export type HotkeysMetric = (typeof HOTKEYS_METRICS)[keyof typeof HOTKEYS_METRICS];

export interface HotkeysStartOptions {
  METRICS: { count: number; CPU?: boolean; NET?: boolean };
  /** The number of keys to report. */
  COUNT?: number;
  /** Duration of the tracking in seconds. */
  DURATION?: number;
  /** Look only at one in this many commands. */
  SAMPLE?: number;
  SLOTS?: { count: number; slots: number[] };
}

/** A key and its share of the resource. */
export interface HotkeyEntry {
  key: string;
  value: number;
}

export interface HotkeysGetReply {
  trackingActive: number;
  sampleRatio: number;
  selectedSlots: SlotRange[];
  sampledCommandsSelectedSlotsUs?: number;
  allCommandsSelectedSlotsUs?: number;
  allCommandsAllSlotsUs: number;
  netBytesSampledCommandsSelectedSlots?: number;
  netBytesAllCommandsSelectedSlots?: number;
  netBytesAllCommandsAllSlots: number;
  collectionStartTimeUnixMs: number;
  collectionDurationMs: number;
  totalCpuTimeSysMs: number;
  totalCpuTimeUserMs: number;
  totalNetBytes: number;
  byCpuTimeUs?: HotkeyEntry[];
  byNetBytes?: HotkeyEntry[];
}

const COUNTERS: ReadonlySet<string> = new Set<keyof HotkeysGetReply>([
  'trackingActive', 'sampleRatio', 'sampledCommandsSelectedSlotsUs', 'allCommandsSelectedSlotsUs', 'allCommandsAllSlotsUs',
  'netBytesSampledCommandsSelectedSlots', 'netBytesAllCommandsSelectedSlots', 'netBytesAllCommandsAllSlots',
  'collectionStartTimeUnixMs', 'collectionDurationMs', 'totalCpuTimeSysMs', 'totalCpuTimeUserMs', 'totalNetBytes',
]);

function toSlotRange(slots: unknown[]): SlotRange {
  const start = Number(slots[0]);
  return { start, end: slots.length > 1 ? Number(slots[1]) : start };
}

const camelCase = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Reply of HOTKEYS GET; null if nothing was ever tracked. The server puts the map into an array of one element. */
const hotkeysReply = (raw: unknown): HotkeysGetReply | null => {
  if (isMissing(raw)) return raw as null;
  const found: Record<string, unknown> = {};
  const container: unknown = Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  for (const [name, value] of pairsOf(container)) {
    const field = camelCase(name);
    if (COUNTERS.has(field)) found[field] = Number(value);
    else if (field === 'selectedSlots') found[field] = isMissing(value) ? [] : rowsOf(value as unknown[][], toSlotRange);
    else if (field === 'byCpuTimeUs' || field === 'byNetBytes') {
      found[field] = pairsOf(value).map(([key, share]) => ({ key, value: Number(share) }));
    }
  }
  return found as unknown as HotkeysGetReply;
};

export const hotkeys = {
  /** Returns the keys that used the most CPU time or network traffic, null if nothing was ever tracked. */
  hotkeysGet: command('HOTKEYS GET', none, hotkeysReply),
  /** Deletes the tracked data. */
  hotkeysReset: command('HOTKEYS RESET', none, reply.ok),
  /** Starts tracking hot keys. */
  hotkeysStart: command('HOTKEYS START', (c, options: HotkeysStartOptions) => {
    const metrics = options.METRICS;
    c.push('METRICS', metrics.count.toString());
    if (metrics.CPU) c.push('CPU');
    if (metrics.NET) c.push('NET');
    pushOption(c, 'COUNT', options.COUNT);
    pushOption(c, 'DURATION', options.DURATION);
    pushOption(c, 'SAMPLE', options.SAMPLE);
    const { SLOTS } = options;
    if (SLOTS !== undefined) {
      c.push('SLOTS', SLOTS.count.toString());
      for (const slot of SLOTS.slots) c.push(slot.toString());
    }
  }, reply.ok),
  /** Stops tracking hot keys. Returns null if tracking was not active. */
  hotkeysStop: command('HOTKEYS STOP', none, reply.asIs<SimpleStringReply<'OK'> | NullReply>()),
};
