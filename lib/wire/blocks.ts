/** Memory that big replies are received into. */
import { noContext } from '../context';
import type { NativeEngine } from './addon';

/** Larger blocks are neither pooled nor used again. */
const MOST_POOLED = 8 * 1024 * 1024;
/** A spare block may be larger by one part of this many. */
const MOST_WASTE = 8;
/** Free blocks are given up when none was needed for this long, ms. */
const TRIM_DELAY = 1000;

/** An `ArrayBuffer` with the method of ES2024. */
type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer };

/** The blocks of an environment, by the numbers that the engine knows them by. */
export class Blocks {
  readonly #native: NativeEngine;
  #pooled: boolean | undefined;
  readonly #lent = new Map<number, Buffer>();
  /** A block that nobody got to see. Weak, so that it lasts only as long as blocks are needed all the time. */
  #spare: WeakRef<Buffer> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param pooled whether the runtime lets native code lend memory to Buffers */
  constructor(native: NativeEngine, pooled: boolean) {
    this.#native = native;
    this.#pooled = pooled ? undefined : false;
  }

  /** Lends a block. @returns `undefined` without memory: the engine gives the connection up then */
  lend(block: number, size: number): Buffer | undefined {
    try {
      const buffer = this.#take(size);
      this.#lent.set(block, buffer);
      return buffer;
    } catch {
      return undefined;
    }
  }

  /** A lent block. @throws Error when there is none, which is a fault of the engine */
  get(block: number): Buffer {
    const buffer = this.#lent.get(block);
    if (buffer === undefined) throw new Error(`There is no block ${block}`);
    return buffer;
  }

  /** Ends the lending. `unseen`: the engine is through with it and no result has taken it along, so that it can be used again. */
  release(block: number, unseen: boolean): void {
    const buffer = this.#lent.get(block);
    if (buffer === undefined) return;
    this.#lent.delete(block);
    if (unseen && buffer.length <= MOST_POOLED) this.#spare = new WeakRef(buffer);
  }

  #take(size: number): Buffer {
    const spare = this.#spare?.deref();
    if (spare !== undefined && spare.length >= size && spare.length - size <= size / MOST_WASTE) {
      this.#spare = undefined;
      // The exact size tells the engine where the reply ends.
      return spare.length === size ? spare : spare.subarray(0, size);
    }
    this.#pooled ??= isMainThread();
    if (this.#pooled && size <= MOST_POOLED) {
      this.#timer ??= noContext.run(() => setTimeout(() => this.#trim(), TRIM_DELAY).unref());
      const pooled = this.#native.takeBlock(size);
      if (pooled !== undefined && pooled !== null) return movable(pooled);
    }
    return Buffer.allocUnsafeSlow(size);
  }

  #trim(): void {
    if (this.#native.trimBlocks()) this.#timer?.refresh();
    else this.#timer = undefined;
  }
}

/** Node does not let callers transfer memory of native code to other threads; moved once, it is like any other. */
function movable(pooled: Buffer): Buffer {
  const memory = pooled.buffer as Transferable;
  return memory.transfer === undefined ? pooled : Buffer.from(memory.transfer());
}

/** When a worker ends, what its native code has lent is freed, even if a Buffer was moved to another thread: no pool there. */
function isMainThread(): boolean {
  // Loaded late: it takes a millisecond of a start.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread;
}
