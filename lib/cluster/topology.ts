/** The nodes of a cluster and the owners of its slots, as the engine told of them. */
import { argumentTypeError, kindOf } from '../wire/argument-error';
import type { AnnouncedNode, ShardLayout } from '../wire/cluster-handle';
import { HASH_SLOTS } from '../wire/hash-slot';
import { ClusterNode, type NodeOwner } from './node';
import { Rotation } from './rotation';

/** The nodes that serve a slot. */
export interface NodeShard {
  readonly master: ClusterNode;
  replicas?: ClusterNode[];
}

/** See the module's comment. */
export class ClusterTopology {
  readonly #owner: NodeOwner;
  readonly #showsReplicas: boolean;
  /** Nodes by their numbers in the engine. */
  readonly #nodes = new Map<number, ClusterNode>();
  readonly #byLink = new Map<number, ClusterNode>();
  /** The link that each node was added with: nodes forget theirs when it ends. */
  readonly #links = new Map<ClusterNode, number>();
  /** Primary and replicas of each slot, also those that are not shown. */
  #serving: (ReadonlySet<ClusterNode> | undefined)[] = [];
  /** Changes whenever a slot gets another owner. */
  version = 0;
  slots = noSlots();
  masters: ClusterNode[] = [];
  replicas: ClusterNode[] = [];
  nodeByAddress = new Map<string, ClusterNode>();
  /** Hands out the nodes that are shown. */
  #turns = new Rotation<ClusterNode>([]);
  /** Hand out the nodes of single slots, for those who ask for them. */
  #turnsOfShards = new WeakMap<NodeShard, Rotation<ClusterNode>>();

  /** @param showsReplicas whether reads may go to replicas: only then they are among the nodes that are shown */
  constructor(owner: NodeOwner, showsReplicas: boolean) {
    this.#owner = owner;
    this.#showsReplicas = showsReplicas;
  }

  /** All nodes that the engine knows. */
  get nodes(): Iterable<ClusterNode> {
    return this.#nodes.values();
  }

  /** The node that a native link belongs, or belonged, to. */
  byLink(link: number): ClusterNode | undefined {
    return this.#byLink.get(link);
  }

  /** Whether the node with this address is the primary of the slot or one of its replicas. */
  serves(address: string, slot: number): boolean {
    for (const node of this.#serving[slot] ?? []) if (node.address === address) return true;
    return false;
  }

  /** The primary of a slot, then its replicas, also those that are not shown. */
  nodesOf(slot: number): readonly ClusterNode[] {
    return [...(this.#serving[slot] ?? [])];
  }

  /**
   * The node that has the address of this one now.
   *
   * @param node also a copy of a node, or one of a topology that is over
   * @throws TypeError for what is no node
   */
  present(node: { readonly address: string }): ClusterNode {
    const present = this.nodeByAddress.get((node as { address: string } | null | undefined)?.address as string);
    if (present !== undefined) return present;
    if (node instanceof ClusterNode) return node;
    throw argumentTypeError(`Expected a node of the cluster, got ${kindOf(node)}`);
  }

  /** Whether a node with this address is part of the cluster. */
  has(address: string): boolean {
    for (const node of this.#nodes.values()) if (node.address === address) return true;
    return false;
  }

  /** One of the nodes that are shown: each in turn. */
  nextNode(): ClusterNode | undefined {
    return this.#turns.next();
  }

  /** One of the nodes of a slot that are shown: each in turn. */
  nextOf(shard: NodeShard): ClusterNode {
    const { master, replicas = [] } = shard;
    if (replicas.length === 0) return master;
    let turns = this.#turnsOfShards.get(shard);
    if (turns === undefined) this.#turnsOfShards.set(shard, turns = new Rotation([master, ...replicas]));
    return turns.next() as ClusterNode;
  }

  /** A random node, rather a primary that is connected, and rather not `avoided`. */
  anyNode(avoided: ClusterNode | undefined): ClusterNode | undefined {
    const choices = [
      this.masters.filter((node) => node !== avoided && node.client?.isReady === true),
      [...this.#nodes.values()].filter((node) => node !== avoided),
      this.masters,
    ];
    const nodes = choices.find(({ length }) => length > 0) ?? [];
    return nodes[Math.floor(Math.random() * nodes.length)];
  }

  /** A random primary, rather one that is connected. */
  anyPrimary(): ClusterNode | undefined {
    const ready = this.masters.filter(({ client }) => client?.isReady === true);
    const nodes = ready.length > 0 ? ready : this.masters;
    return nodes[Math.floor(Math.random() * nodes.length)];
  }

  add(number: number, link: number, announced: AnnouncedNode): void {
    const before = this.#nodes.get(number);
    const node = new ClusterNode(this.#owner, announced, link, before?.readonly ?? false);
    this.#nodes.set(number, node);
    this.#byLink.set(link, node);
    this.#links.set(node, link);
    if (before === undefined) return;
    before.leave();
    this.#forgetLink(before);
    this.#replace(before, node);
  }

  remove(number: number): void {
    const node = this.#nodes.get(number);
    if (node === undefined) return;
    this.#nodes.delete(number);
    this.#forgetLink(node);
    node.leave();
  }

  change(layout: readonly ShardLayout[]): void {
    const slots = noSlots();
    const serving: ReadonlySet<ClusterNode>[] = [];
    this.masters = [];
    this.replicas = [];
    for (const { primary, replicas, ranges } of layout) {
      const master = this.#nodes.get(primary);
      if (master === undefined) continue;
      master.readonly = false;
      this.masters.push(master);
      const others = replicas.flatMap((number) => this.#nodes.get(number) ?? []);
      for (const replica of others) replica.readonly = true;
      const shard: NodeShard = { master };
      if (this.#showsReplicas) {
        this.replicas.push(...others);
        shard.replicas = others;
      }
      const all = new Set([master, ...others]);
      for (const [first, last] of ranges) {
        for (let slot = first; slot <= last && slot < HASH_SLOTS; slot++) {
          slots[slot] = shard;
          serving[slot] = all;
        }
      }
    }
    this.slots = slots;
    this.#serving = serving;
    this.#index();
  }

  /** A slot has a new owner. */
  move(slot: number, number: number): void {
    const master = this.#nodes.get(number);
    if (master === undefined) return;
    const known = this.slots.findIndex((shard) => shard?.master === master);
    this.slots[slot] = this.slots[known] ?? { master };
    this.#serving[slot] = this.#serving[known] ?? new Set([master]);
    this.version++;
    if (this.masters.includes(master)) return;
    master.readonly = false;
    this.masters.push(master);
    this.replicas = this.replicas.filter((node) => node !== master);
    this.#index();
  }

  /** Puts a node in the place of the one that it replaces. */
  #replace(before: ClusterNode, node: ClusterNode): void {
    const instead = (one: ClusterNode): ClusterNode => (one === before ? node : one);
    this.masters = this.masters.map(instead);
    this.replicas = this.replicas.map(instead);
    this.#serving = this.#serving.map((nodes) => nodes?.has(before) === true ? new Set([...nodes].map(instead)) : nodes);
    const shards = new Map<NodeShard, NodeShard>();
    this.slots = this.slots.map((shard) => {
      const known = shards.get(shard);
      if (known !== undefined) return known;
      const { replicas } = shard;
      const changed: NodeShard = { master: instead(shard.master), ...(replicas && { replicas: replicas.map(instead) }) };
      shards.set(shard, changed);
      return changed;
    });
    this.#index();
  }

  #index(): void {
    this.version++;
    const shown = [...this.masters, ...this.replicas];
    this.nodeByAddress = new Map(shown.map((node) => [node.address, node]));
    this.#turns = new Rotation(shown);
  }

  #forgetLink(node: ClusterNode): void {
    const link = this.#links.get(node) as number;
    this.#links.delete(node);
    // The engine may have given its number to another node meanwhile.
    if (this.#byLink.get(link) === node) this.#byLink.delete(link);
  }
}

/** As long as ever, so that users may rely on it: slots without an owner are empty. */
function noSlots(): NodeShard[] {
  return new Array<NodeShard>(HASH_SLOTS);
}
