/** Memory for large replies: the socket reads directly into it. */
import { noContext } from '../context';
import { plainError } from '../errors';
import type { NativeEngine } from './addon';

/** Larger blocks are neither pooled nor used again. */
const MOST_POOLED = 8 * 1024 * 1024;
/** A reused block may exceed the wanted size by at most 1/8. */
const MOST_WASTE = 8;
/** Free blocks are released when none was needed for this long, in ms. */
const TRIM_DELAY = 1000;

/** An `ArrayBuffer` that may have `transfer` (ES2024). */
type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer };

/** The blocks of an environment, by the numbers that the engine uses. */
export class Blocks {
  readonly #native: NativeEngine;
  #pooled: boolean | undefined;
  readonly #lent = new Map<number, Buffer>();
  /** A block that no caller received, kept for reuse. The weak reference lets the garbage collector free it if it is not reused soon. */
  #spare: WeakRef<Buffer> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param pooled whether the runtime lets native code lend memory to Buffers */
  constructor(native: NativeEngine, pooled: boolean) {
    this.#native = native;
    this.#pooled = pooled ? undefined : false;
  }

  /** Lends a block. @returns `undefined` when there is no memory: the engine then closes the connection */
  lend(block: number, size: number): Buffer | undefined {
    try {
      const buffer = this.#take(size);
      this.#lent.set(block, buffer);
      return buffer;
    } catch {
      return undefined;
    }
  }

  /** Returns a lent block. @throws Error when there is none, which is a bug of the engine */
  get(block: number): Buffer {
    const buffer = this.#lent.get(block);
    if (buffer === undefined) throw plainError(`There is no block ${block}`, 'OXREDIS_INTERNAL');
    return buffer;
  }

  /** Ends the lending. @param unseen neither the engine nor a result refers to the block any more, so that it can be reused */
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

/** Node refuses to transfer an external ArrayBuffer to another thread. After one `transfer()` it is an ordinary one. */
function movable(pooled: Buffer): Buffer {
  const memory = pooled.buffer as Transferable;
  return memory.transfer === undefined ? pooled : Buffer.from(memory.transfer());
}

/** Workers use no pool: when one ends, its pooled memory is freed, even if a Buffer over it was transferred to another thread. */
function isMainThread(): boolean {
  // Loaded lazily, since loading it takes a millisecond.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread;
}
