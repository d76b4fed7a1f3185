/** A cluster in memory: nodes that really execute, so that tests see what routed commands come to. */
import { randomInt } from 'node:crypto';
import type { CommandOptions } from '../../../../lib/client/options/command-options';
import type { ClusterExecutor, RoutingNode } from '../../../../lib/cluster/routing/executor';
import { routeIn } from '../../../../lib/cluster/routing/routes';
import { VirtualCursors } from '../../../../lib/cluster/routing/virtual-cursors';
import { COMMAND_TABLE } from '../../../../lib/commands';
import { SimpleError } from '../../../../lib/errors';
import type { PartRequests } from '../../../../lib/wire/client-link';
import type { Command } from '../../../../lib/wire/command';
import type { RedisArgument } from '../../../../lib/wire/command-parser';
import { CommandEncoder, growPrivately } from '../../../../lib/wire/encoder';
import { readArguments } from '../../../../lib/wire/encoded-arguments';
import { hashSlot, hashSlotIn } from '../../../../lib/wire/hash-slot';
import { LargeTexts } from '../../../../lib/wire/large-arguments';
import type { EncodedCommand, PartRouting, ReplyPart } from '../../../../lib/wire/link-types';
import { transformed } from '../../../../lib/wire/reply';
import { RESP_TYPES, type TypeMapping } from '../../../../lib/wire/resp-types';

/** Text, a list, or an error. */
type Reply = unknown;

export class ModelNode implements RoutingNode {
  readonly keys = new Map<string, string>();
  /** The words of each command that it was sent. */
  readonly calls: string[][] = [];
  /** Replies to commands that the model does not know, by first word or first two words. */
  readonly answers = new Map<string, (words: string[]) => Reply>();
  /** Every command fails with it. */
  failure: Error | undefined;
  /** Commands wait for it. */
  delay: Promise<void> | undefined;

  constructor(readonly address: string, readonly isReplica: boolean) {}

  execute(words: string[]): Reply {
    this.calls.push(words);
    if (this.failure !== undefined) throw this.failure;
    const [name = '', ...args] = words;
    const answer = this.answers.get(`${name} ${args[0]}`) ?? this.answers.get(name);
    if (answer !== undefined) return answer(words);
    switch (name) {
      case 'GET': return this.keys.get(args[0] as string) ?? null;
      case 'MGET': return args.map((key) => this.keys.get(key) ?? null);
      case 'MSET':
        for (let i = 0; i < args.length; i += 2) this.keys.set(args[i] as string, args[i + 1] as string);
        return 'OK';
      case 'EXISTS': case 'TOUCH': return args.filter((key) => this.keys.has(key)).length;
      case 'DEL': case 'UNLINK': return args.filter((key) => this.keys.delete(key)).length;
      case 'DBSIZE': return this.keys.size;
      case 'KEYS': return [...this.keys.keys()];
      case 'SCAN': return this.#scan(Number(args[0]), args.slice(1));
      case 'PING': return 'PONG';
      default: throw new SimpleError(`ERR unknown command '${name}'`);
    }
  }

  /** As on a server, a key keeps its place, whichever keys come and go: the cursor is the place where the next page begins. */
  #scan(from: number, options: string[]): Reply {
    const count = options.includes('COUNT') ? Number(options[options.indexOf('COUNT') + 1]) : 10;
    const placed = [...this.keys.keys()].map((key): [number, string] => [1 + hashSlot(`place of {${key}}`), key]).filter(([place]) => place >= from);
    placed.sort(([one], [other]) => one - other);
    const end = placed[count]?.[0];
    const page = end === undefined ? placed : placed.filter(([place]) => place < end);
    return [String(end ?? 0), page.map(([, key]) => key)];
  }
}

/** What decoding makes of a reply under a mapping. */
function mapped(reply: unknown, mapping: TypeMapping | undefined): unknown {
  if (Array.isArray(reply)) return reply.map((element) => mapped(element, mapping));
  if (typeof reply === 'number' && mapping?.[RESP_TYPES.NUMBER] === String) return String(reply);
  if (typeof reply === 'string' && mapping?.[RESP_TYPES.BLOB_STRING] === Buffer) return Buffer.from(reply);
  return reply;
}

const turn = (): Promise<void> => new Promise(setImmediate);

export class ModelCluster implements ClusterExecutor<ModelNode>, PartRequests {
  readonly caches = false;
  readonly primaries: ModelNode[] = [];
  readonly replicas: ModelNode[] = [];
  readonly owners: (ModelNode | undefined)[] = new Array<undefined>(16_384).fill(undefined);
  readonly cursors: VirtualCursors;
  layoutVersion = 1;
  readonly resp = 3;
  readonly encoder = new CommandEncoder(Buffer.alloc(1024), growPrivately, new LargeTexts());
  readonly encoding = { begin: (prefix?: string | Buffer): CommandEncoder => this.encoder.begin(prefix) };
  /** Commands that took the plain way, and parts. */
  plain = 0;
  sentParts = 0;
  /** Called when a part was sent. */
  onPart: () => void = () => undefined;
  closed: Error | undefined;

  /** @param count number of primaries, each with as many slots @param replicas number of replicas in all */
  constructor(count = 3, replicas = 0, now?: () => number) {
    this.cursors = new VirtualCursors(now);
    for (let i = 0; i < count; i++) this.primaries.push(new ModelNode(`127.0.0.1:${7000 + i}`, false));
    for (let i = 0; i < replicas; i++) this.replicas.push(new ModelNode(`127.0.0.1:${8000 + i}`, true));
    const share = Math.ceil(16_384 / count);
    for (let slot = 0; slot < 16_384; slot++) this.owners[slot] = this.primaries[Math.floor(slot / share)];
  }

  get parts(): PartRequests {
    return this;
  }

  get nodes(): ModelNode[] {
    return [...this.primaries, ...this.replicas];
  }

  get calls(): string[][] {
    return this.nodes.flatMap((node) => node.calls);
  }

  primaryOf(slot: number): ModelNode | undefined {
    return this.owners[slot];
  }

  randomPrimary(): ModelNode | undefined {
    return this.primaries.length === 0 ? undefined : this.primaries[randomInt(this.primaries.length)];
  }

  /** Moves slots, with their keys. */
  move(from: number, to: number, node: ModelNode): void {
    this.layoutVersion++;
    const owners = new Set(this.owners.slice(from, to + 1));
    this.owners.fill(node, from, to + 1);
    for (const owner of owners) {
      if (owner === undefined || owner === node) continue;
      for (const [key, value] of owner.keys) {
        const slot = hashSlot(key);
        if (slot < from || slot > to) continue;
        owner.keys.delete(key);
        node.keys.set(key, value);
      }
    }
  }

  set(key: string, value: string): void {
    this.owners[hashSlot(key)]?.keys.set(key, value);
  }

  refusal(): Error | undefined {
    return this.closed;
  }

  admit(encoder: CommandEncoder): Promise<unknown> | undefined {
    try {
      encoder.end();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return this.closed === undefined ? undefined : Promise.reject(this.closed);
  }

  rejecting(reject: (error: unknown) => void): (error: unknown) => void {
    return reject;
  }

  submitPart(encoder: CommandEncoder, part: ReplyPart, { slot }: PartRouting, { typeMapping }: CommandOptions): void {
    encoder.end();
    this.sentParts++;
    const words = wordsIn(encoder);
    this.onPart();
    turn().then(() => this.owners[slot]?.delay).then(() => this.#onOwner(slot, words)).then((reply) => part.resolved(mapped(reply, typeMapping)), (error: unknown) => part.rejected(error));
  }

  async run(encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    encoder.end();
    this.plain++;
    const marked = hashSlotIn(encoder);
    const words = wordsIn(encoder);
    const { preserve } = encoder;
    await turn();
    const node = marked < 0 ? this.randomPrimary() : this.owners[marked];
    const reply = mapped(node?.execute(words), options.typeMapping);
    return command === undefined ? reply : transformed(command, reply, preserve, options.typeMapping, 3);
  }

  async sendTo(node: ModelNode, encoded: EncodedCommand, { typeMapping }: CommandOptions): Promise<unknown> {
    await turn();
    await node.delay;
    const reply = mapped(node.execute(wordsOfEncoded(encoded)), typeMapping);
    return encoded.command === undefined ? reply : transformed(encoded.command, reply, encoded.preserve, typeMapping, 3);
  }

  /** Runs a part; all its keys must be of the slot. */
  #onOwner(slot: number, words: string[]): Reply {
    const step = words[0] === 'MSET' ? 2 : 1;
    for (let i = 1; i < words.length; i += step) if (hashSlot(words[i] as string) !== slot) throw new SimpleError('CROSSSLOT');
    return (this.owners[slot] as ModelNode).execute(words);
  }

  /** Calls a built-in command, by its route if it has one. */
  call(method: keyof typeof COMMAND_TABLE, args: readonly unknown[], options: CommandOptions = {}, prefix?: string): Promise<unknown> {
    return this.callCommand(COMMAND_TABLE[method] as unknown as Command, args, options, prefix);
  }

  callCommand(command: Command, args: readonly unknown[], options: CommandOptions = {}, prefix?: string): Promise<unknown> {
    const encoder = this.encoder.begin(prefix);
    (command.parseCommand as (...all: unknown[]) => void)(encoder, ...args);
    return this.#route(encoder, command, options);
  }

  /** Calls a command given as words. */
  raw(words: readonly RedisArgument[], options: CommandOptions = {}): Promise<unknown> {
    const encoder = this.encoder.begin();
    encoder.push(...words);
    return this.#route(encoder, undefined, options);
  }

  #route(encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    return routeIn(encoder, command)?.run(this, encoder, command, options) ?? this.run(encoder, command, options);
  }
}

function wordsIn(encoder: CommandEncoder): string[] {
  return encoder.redisArgs.map(String);
}

function wordsOfEncoded({ bytes, larges = [] }: EncodedCommand): string[] {
  return readArguments(bytes, bytes.indexOf('$'), [], larges).map(String);
}

