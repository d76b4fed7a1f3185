/** Memory that native code reads and writes for the lifetime of the environment. */

const PAGE = 64 * 1024;

/** Declared here, as only the DOM types declare it. */
declare const WebAssembly: { Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer } };

/**
 * Allocates memory that cannot be detached, resized or transferred to another thread, because native code keeps its address. WebAssembly
 * memory and SharedArrayBuffers fulfil this; the latter are slower to copy to and are used only without WebAssembly.
 */
function permanentMemory(size: number): ArrayBufferLike {
  const pages = Math.ceil(size / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
  } catch {
    // WebAssembly is missing (`--jitless`), or the address space is limited.
    return new SharedArrayBuffer(size);
  }
}

/** Divides one piece of memory, which is never freed, into parts. */
export class SharedMemory {
  readonly #memory: ArrayBufferLike;
  #used = 0;

  /** @param size of all parts, in bytes */
  constructor(size: number) {
    this.#memory = permanentMemory(size);
  }

  /** Returns the next part as 32-bit words. */
  words(count: number): Int32Array {
    const at = this.#take(count * 4);
    return new Int32Array(this.#memory as ArrayBuffer, at, count);
  }

  /** Returns the next part as bytes. @param count a multiple of four */
  bytes(count: number): Buffer {
    return Buffer.from(this.#memory as ArrayBuffer, this.#take(count), count);
  }

  #take(size: number): number {
    const at = this.#used;
    this.#used += size;
    return at;
  }
}
