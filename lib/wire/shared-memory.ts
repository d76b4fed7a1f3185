/** Memory that native code reads and writes as long as the environment lives. */

const PAGE = 64 * 1024;

/** The type definitions have it with those of browsers only. */
declare const WebAssembly: { Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer } };

/**
 * One piece of memory that nobody can detach, resize or give to another thread, as native code keeps its address. That is so for the
 * memory of WebAssembly and for shared memory; the latter is slower to copy to and serves where there is no WebAssembly.
 */
function permanentMemory(size: number): ArrayBufferLike {
  const pages = Math.ceil(size / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
  } catch {
    // `--jitless`, or a limit of the address space.
    return new SharedArrayBuffer(size);
  }
}

/** Hands out the parts of one piece of memory, which never goes. */
export class SharedMemory {
  readonly #memory: ArrayBufferLike;
  #used = 0;

  /** @param size of all parts, bytes */
  constructor(size: number) {
    this.#memory = permanentMemory(size);
  }

  /** The next part, as 32-bit words. */
  words(count: number): Int32Array {
    const at = this.#take(count * 4);
    return new Int32Array(this.#memory as ArrayBuffer, at, count);
  }

  /** The next part, as bytes; a multiple of four. */
  bytes(count: number): Buffer {
    return Buffer.from(this.#memory as ArrayBuffer, this.#take(count), count);
  }

  #take(size: number): number {
    const at = this.#used;
    this.#used += size;
    return at;
  }
}
