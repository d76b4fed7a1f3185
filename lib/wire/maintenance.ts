/** What the engine tells of maintenance: notices of the server, and whether limits are relaxed. */
import { PushKind } from './boundary.generated';

/** The kinds of notices, as the server names them. */
export type MaintenanceKind =
  'MOVING' | 'MIGRATING' | 'MIGRATED' | 'FAILING_OVER' | 'FAILED_OVER' | 'SMIGRATING' | 'SMIGRATED';

/** A notice of the server that announces maintenance, or its end. */
export interface MaintenanceNotice {
  readonly kind: MaintenanceKind;
  /** The server's number of the notice; `null` if it has none. */
  readonly sequenceId: number | null;
  /** `MOVING`: where the client goes; `null`: to the configured address, looked up again. Other kinds have none. */
  readonly address: { readonly host: string; readonly port: number } | null | undefined;
  /** Seconds until the announced event, if the notice has them. */
  readonly seconds: number | undefined;
  /** The shards or slots concerned, as the server writes them. */
  readonly shards: string | undefined;
  /** `SMIGRATED`: which slots went from where to where. */
  readonly moves: readonly SlotMove[] | undefined;
  /** A copy of an earlier notice, without effect. */
  readonly isRepeated: boolean;
}

/** Slots that went from one node of a cluster to another. */
export interface SlotMove {
  /** `host:port`. */
  readonly source: string;
  /** `host:port`. */
  readonly target: string;
  /** Slots and ranges, as in `1,5-9`. */
  readonly slots: string;
}

const KINDS = new Map<number, MaintenanceKind>([
  [PushKind.Moving, 'MOVING'], [PushKind.Migrating, 'MIGRATING'], [PushKind.Migrated, 'MIGRATED'], [PushKind.FailingOver, 'FAILING_OVER'],
  [PushKind.FailedOver, 'FAILED_OVER'], [PushKind.ShardMigrating, 'SMIGRATING'], [PushKind.ShardMigrated, 'SMIGRATED'],
]);

/** The name of a kind of push, if it is a notice of maintenance. */
export function maintenanceKind(kind: PushKind): MaintenanceKind | undefined {
  return KINDS.get(kind);
}

/** The words of a notice as text. */
export function wordsOfNotice(notice: MaintenanceNotice): string[] {
  const { kind, sequenceId, address, seconds, shards, moves } = notice;
  const words = [kind, String(sequenceId)];
  if (seconds !== undefined) words.push(String(seconds));
  if (address !== undefined) words.push(address === null ? 'null' : `${address.host}:${address.port}`);
  if (shards !== undefined) words.push(shards);
  if (moves !== undefined) words.push(moves.map(({ source, target, slots }) => `${source},${target},${slots}`).join(','));
  return words;
}

/** The detail of `NativeEvent.Maintenance`. */
interface NoticeDetail extends Pick<Partial<MaintenanceNotice>, 'seconds' | 'shards' | 'moves' | 'isRepeated'> {
  host?: string | null;
  port?: number;
}

/** Reads a `NativeEvent.Maintenance`. */
export function readNotice(kind: PushKind, sequenceId: number, detail: string): MaintenanceNotice {
  const { host, port = 0, seconds, shards, moves, isRepeated = false } = JSON.parse(detail) as NoticeDetail;
  return {
    kind: maintenanceKind(kind) as MaintenanceKind,
    sequenceId: sequenceId < 0 ? null : sequenceId,
    address: typeof host === 'string' ? { host, port } : host,
    seconds, shards, moves, isRepeated,
  };
}

/**
 * The relaxation of deadlines. A command whose time overlaps with maintenance gets the relaxed timeout, counted from the later of its own
 * start and that of the maintenance. No deadline becomes shorter by that.
 */
export class RelaxedDeadlines {
  /** The relaxed timeout in ms. */
  timeout = 0;
  /** When the latest maintenance began and ended. */
  #since = Infinity;
  #until = -Infinity;

  /** Maintenance begins (`true`) or ends. */
  relax(isRelaxed: boolean): void {
    const now = performance.now();
    if (isRelaxed === this.isRelaxed) return;
    if (!isRelaxed) this.#until = now;
    else {
      this.#since = now;
      this.#until = Infinity;
    }
  }

  /** Whether maintenance runs. */
  get isRelaxed(): boolean {
    return this.#until === Infinity;
  }

  /** Returns how many ms more a command may take whose deadline would be over now. @param start when it was issued (`performance.now()`) */
  extension(start: number): number {
    if (start > this.#until) return 0;
    return Math.max(0, Math.max(start, this.#since) + this.timeout - performance.now());
  }
}
