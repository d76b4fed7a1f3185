/**
 * Tells of maintenance of the server: the event `maintenance`, the diagnostics channel `redis.maintenance` (if `REDIS_EMIT_DIAGNOSTICS` is
 * set) and a log (if `REDIS_DEBUG_MAINTENANCE` is set). Names and payloads are those of npm `redis`.
 */
import { channel } from 'node:diagnostics_channel';
import { format } from 'node:util';
import { PushKind } from '../../wire/boundary.generated';
import { maintenanceKind, wordsOfNotice, type MaintenanceNotice } from '../../wire/maintenance';

const DIAGNOSTICS = channel('redis.maintenance');

/** What is published for each notice. */
export interface MaintenanceDiagnostics {
  /** The kind of the notice; `IGNORED` for one that was ignored. */
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  /** `push`: the words of the notice as text. Of one that was ignored: its kind, why it was, and how many of them there were. */
  readonly data: { readonly push?: readonly string[]; readonly kind?: string; readonly why?: string; readonly count?: number };
}

/** The maintenance of one client. */
export class MaintenanceReports {
  readonly #emit: (event: 'maintenance', notice: MaintenanceNotice) => void;
  #ignored = 0;

  /** @param emit emits an event of the client */
  constructor(emit: (event: 'maintenance', notice: MaintenanceNotice) => void) {
    this.#emit = emit;
  }

  /** A push came that is neither a message nor a notice. */
  pushed(kind: PushKind, push: readonly unknown[]): void {
    if (kind === PushKind.Other) this.#ignore(String(push[0]), 'the push is unknown');
  }

  /** The engine has read a notice, and acts on it. */
  told(notice: MaintenanceNotice): void {
    log(notice.isRepeated ? 'A copy of a notice, without effect:' : 'Notice:', notice);
    publish(notice.kind, { push: wordsOfNotice(notice) });
    this.#emit('maintenance', notice);
  }

  /** The engine has ignored a notice. */
  ignored(kind: PushKind, why: string): void {
    this.#ignore(maintenanceKind(kind) ?? 'unknown', why);
  }

  relaxed(isRelaxed: boolean): void {
    log(isRelaxed ? 'Limits are relaxed' : 'Limits are no longer relaxed');
  }

  handedOver(): void {
    log('A new connection has taken over');
  }

  handOverFailed(error: Error): void {
    log('The new connection could not be made, the old one goes on:', error.message);
  }

  #ignore(kind: string, why: string): void {
    this.#ignored++;
    log(`Ignored ${kind}: ${why} (number ${this.#ignored})`);
    publish('IGNORED', { kind, why, count: this.#ignored });
  }
}

function publish(type: string, data: MaintenanceDiagnostics['data']): void {
  if (!process.env.REDIS_EMIT_DIAGNOSTICS || !DIAGNOSTICS.hasSubscribers) return;
  DIAGNOSTICS.publish({ type, timestamp: Date.now(), data } satisfies MaintenanceDiagnostics);
}

function log(...parts: unknown[]): void {
  if (process.env.REDIS_DEBUG_MAINTENANCE) process.stderr.write(`${format(new Date().toISOString().slice(11, 23), '[MNT]', ...parts)}\n`);
}
