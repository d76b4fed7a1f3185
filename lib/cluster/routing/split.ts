/** Splits a command with many keys by their slots, such as MGET: servers accept only keys of one slot in a command. */
import type { CommandOptions } from '../../client/options/command-options';
import { isCacheable, type CommandMetadata } from '../../commands/metadata';
import { flagsOf } from '../../commands/traits';
import type { PartRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import { appendLarges, appendWords, lengthOfWord, textAt } from '../../wire/encoded-words';
import { transformed } from '../../wire/reply';
import { aggregateOf, isNumeric, mapNumbers, type Aggregate } from './aggregation';
import type { ClusterExecutor } from './executor';
import { type Gather, InOrder, Merged, Part } from './gather';
import type { Route } from './route';
import { SlotGroups } from './slot-groups';

/** Kept for the next command. It is taken out while in use, since sending may run code of the user. */
let spare: SlotGroups | undefined;

/** The route of commands with the request policy `multi_shard`. */
export class SplitRoute implements Route {
  readonly #name: string;
  readonly #flags: number;
  /** Words before the first key, and words for each key. */
  readonly #words: number;
  readonly #step: number;
  /** `undefined`: the reply has an element for each key. */
  readonly #merge: Aggregate | undefined;
  readonly #isNumeric: boolean;

  constructor(name: string, { keys: [first, , step], responsePolicy }: CommandMetadata) {
    this.#name = name;
    this.#flags = flagsOf(name);
    this.#words = first;
    this.#step = step;
    this.#merge = responsePolicy === 'default-keyed' ? undefined : aggregateOf(responsePolicy);
    this.#isNumeric = isNumeric(responsePolicy);
  }

  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    const { parts } = executor;
    // The common case of one key.
    if (encoder.argc <= this.#words + this.#step) return executor.run(encoder, command, options, this.#name);
    const refused = parts.admit(encoder, options, this.#name);
    if (refused !== undefined) return refused;
    const groups = spare ?? new SlotGroups();
    spare = undefined;
    const isEven = groups.read(encoder, this.#words, this.#step);
    const result = !isEven || groups.slots === 1
      ? executor.run(encoder, command, options, this.#name)
      : this.#send(executor, groups, encoder.preserve, command, options);
    if (!groups.isLarge) spare = groups;
    return result;
  }

  #send(
    executor: ClusterExecutor, groups: SlotGroups, preserve: unknown, command: Command | undefined, options: CommandOptions,
  ): Promise<unknown> {
    const { parts } = executor;
    const gather = this.#gather(parts, groups, options);
    const transforms = command?.transformReply !== undefined;
    const partOptions = this.#isNumeric && options.typeMapping !== undefined ? { ...options, typeMapping: undefined } : options;
    if (command !== undefined && this.#isCached(executor, groups, command)) {
      this.#runParts(executor, groups, gather, preserve, command, partOptions);
      return gather.promise;
    }
    const routing = { name: this.#name, flags: this.#flags, slot: 0 };
    for (let group = 0; group < groups.count; group++) {
      if (groups.isFirst[group] === 0) continue;
      const encoder = parts.encoding.begin();
      const part = new Part(gather, group, write(encoder, groups, group, this.#words, this.#step));
      routing.slot = groups.slot[group] as number;
      parts.submitPart(
        encoder, transforms ? new Transformed(part, command, preserve, options, parts.resp) : part, routing, partOptions,
      );
    }
    return gather.promise;
  }

  /** Whether the parts are reads that a client-side cache may have. */
  #isCached({ caches }: ClusterExecutor, { larges }: SlotGroups, command: Command): boolean {
    return caches && this.#step === 1 && larges.length === 0 && (command.CACHEABLE ?? isCacheable(this.#name));
  }

  /** Runs the parts as commands of their own, which the cache knows by their keys. */
  #runParts(
    executor: ClusterExecutor, groups: SlotGroups, gather: Gather, preserve: unknown, command: Command, options: CommandOptions,
  ): void {
    for (let group = 0; group < groups.count; group++) {
      if (groups.isFirst[group] === 0) continue;
      const encoder = executor.parts.encoding.begin();
      const part = new Part(gather, group, writeKeys(encoder, groups, group, this.#words));
      encoder.preserve = preserve;
      executor.run(encoder, command, options, this.#name).then((reply) => part.resolved(reply), (error: unknown) => part.rejected(error));
    }
  }

  #gather(parts: PartRequests, { count, slots }: SlotGroups, { typeMapping }: CommandOptions): Gather {
    const merge = this.#merge;
    if (merge === undefined) return new InOrder(slots, parts, count);
    return new Merged(slots, parts, this.#isNumeric ? (replies) => mapNumbers(merge(replies), typeMapping) : merge);
  }
}

/** Writes the command name and the groups of one slot. @returns the numbers of the groups after the first */
function write(encoder: CommandEncoder, groups: SlotGroups, first: number, words: number, step: number): number[] | undefined {
  const { source, larges, at, next, nameAt } = groups;
  let others: number[] | undefined;
  appendWords(encoder, source, nameAt, at[0] as number, words);
  for (let group = first; group >= 0; group = next[group] as number) {
    const from = at[group] as number;
    const to = at[group + 1] as number;
    appendWords(encoder, source, from, to, step);
    if (larges.length > 0) appendLarges(encoder, larges, from, to);
    if (group !== first) (others ??= []).push(group);
  }
  return others;
}

/** The same for groups of one key each, which the encoder learns to be keys. */
function writeKeys(encoder: CommandEncoder, groups: SlotGroups, first: number, words: number): number[] | undefined {
  const { source, at, next, nameAt } = groups;
  let others: number[] | undefined;
  appendWords(encoder, source, nameAt, at[0] as number, words);
  for (let group = first; group >= 0; group = next[group] as number) {
    const from = at[group] as number;
    const text = textAt(source, from);
    encoder.pushKey(source.subarray(text, text + lengthOfWord(source, from)));
    if (group !== first) (others ??= []).push(group);
  }
  return others;
}

/** A part of a command of the user with the name of a built-in one and a transform of its own. */
class Transformed {
  constructor(
    readonly part: Part, readonly command: Command, readonly preserve: unknown, readonly options: CommandOptions, readonly resp: 2 | 3,
  ) {}

  resolved(reply: unknown): void {
    let result: unknown;
    try {
      result = transformed(this.command, reply, this.preserve, this.options.typeMapping, this.resp);
    } catch (error) {
      return this.part.rejected(error);
    }
    this.part.resolved(result);
  }

  rejected(error: unknown): void {
    this.part.rejected(error);
  }
}
