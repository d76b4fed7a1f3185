/** A client that is subscribed to many channels of a cluster, and a publisher that knows where to publish. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { hashSlot } from '../../../lib/wire/hash-slot';
import type { RawClient } from '../../support/raw-client';
import { until } from '../../support/until';
import { Channel, Publisher } from '../history/messages';
import type { ClusterNode } from '../servers/cluster-node';
import type { TestCluster } from '../servers/test-cluster';
import { FACTOR } from './judgement';
import type { Client } from './stage';

const SHARDED = 100;
const PLAIN = 10;
/** Messages per second, of all channels together. */
const RATE = 1000;
/** Messages that are published so long after the servers are back must arrive, ms. */
const BACK = 200;

export class Broadcast {
  readonly sharded = Array.from({ length: SHARDED }, (_, index) => new Channel(`sharded${index}`));
  readonly plain = Array.from({ length: PLAIN }, (_, index) => new Channel(`plain${index}`));
  readonly matching = new Channel('pattern.one');
  readonly all: readonly Channel[] = [...this.sharded, ...this.plain, this.matching];
  private readonly byName = new Map(this.all.map((channel) => [channel.name, channel]));
  private readonly publisher = new Publisher(this.all, (channel, text) => this.publish(channel, text), RATE);
  private readonly delays = monitorEventLoopDelay({ resolution: 5 });
  private witness: RawClient | undefined;
  private owners: Promise<ClusterNode[]> | undefined;
  /** Why a message could not be published last. */
  private refusal: unknown;

  constructor(private readonly cluster: TestCluster, private readonly client: Client) {}

  /** Subscribes to 100 sharded channels, 10 channels and a pattern, and begins to publish. */
  async start(): Promise<void> {
    const listener = (message: string, channel: string): void => this.byName.get(channel)?.arrived(message);
    await this.client.sSubscribe(this.sharded.map(({ name }) => name), listener);
    await this.client.subscribe(this.plain.map(({ name }) => name), listener);
    await this.client.pSubscribe('pattern.*', listener);
    await this.callWitness();
    this.delays.enable();
    this.publisher.start();
    await this.untilHeard(performance.now());
  }

  /** The messages of a channel that were lost by the client. */
  lostOf(channel: Channel): ReturnType<Channel['lost']> {
    const isWitnessed = !this.sharded.includes(channel) && this.witness !== undefined && !this.witness.socket.destroyed;
    if (!isWitnessed) return channel.lost();
    const pushes = this.witness?.pushes.filter(([kind]) => kind === 'message' || kind === 'pmessage') ?? [];
    return channel.lost(new Set(pushes.map((values) => values.slice(-2).map(String).join(' '))));
  }

  /** Closes the other subscriber, after the judgement. */
  dismissWitness(): void {
    this.witness?.close();
  }

  /** Subscribes another connection to the same channels and pattern at the same node. */
  private async callWitness(): Promise<void> {
    const node = this.cluster.live.find((one) => this.isSubscribedAt(one));
    if (node === undefined) return;
    this.witness = await node.connectRaw();
    await this.witness.call('HELLO', '3');
    // They are answered by pushes.
    for (const words of [['SUBSCRIBE', ...this.plain.map(({ name }) => name)], ['PSUBSCRIBE', 'pattern.*']]) this.witness.call(...words).catch(() => undefined);
    await until(() => this.witness?.pushes.some(([kind]) => kind === 'psubscribe'), 'the witness');
  }

  /** Whether the channels and patterns are subscribed at a node. */
  isSubscribedAt(node: ClusterNode): boolean {
    return (this.client as unknown as { pubSubNode?: { address: string } }).pubSubNode?.address === node.address;
  }

  /** The sharded channels whose slots a primary owns. */
  async ownedBy(primary: ClusterNode): Promise<Channel[]> {
    const line = (await this.cluster.view(primary)).find(({ isMyself }) => isMyself);
    const owns = (slot: number): boolean => line?.slots.some(([first, last]) => first <= slot && slot <= last) ?? false;
    return this.sharded.filter(({ name }) => owns(hashSlot(name)));
  }

  /**
   * From now on messages of these channels may be lost.
   * @param lag servers that die have not sent on all messages of so many ms before; others may send them once more
   * @returns a function that is to be called when the servers are back: what is published a moment later has to arrive
   */
  excuse(channels: readonly Channel[], lag?: number): () => void {
    const excuses = channels.map((channel) => channel.excuse(lag));
    return () => {
      const grace = BACK * FACTOR + 2 * this.delays.max / 1e6;
      for (const excuse of excuses) {
        excuse.back = performance.now();
        excuse.until = excuse.back + grace;
      }
    };
  }

  /** Waits until a message has arrived on each channel that was published since a time. */
  async untilHeard(since: number): Promise<void> {
    const silent = (): Channel[] => this.all.filter((channel) => !channel.hasArrivedSince(since));
    await until(() => silent().length === 0, 'messages').catch((error: Error) => {
      const names = silent().map(({ name }) => name);
      const taken = this.all.reduce((sum, channel) => sum + channel.countSince(since), 0);
      const refusal = taken === 0 ? `, and nothing could be published: ${String(this.refusal)}` : '';
      throw new Error(`${error.message}: ${names.length} channels are silent, such as ${names.slice(0, 5).join(', ')}${refusal}`);
    });
  }

  /** Publishes nothing more and waits until all that has to arrive is there; what is missing then is for the judge. */
  async stop(): Promise<void> {
    await this.publisher.stop();
    await until(() => this.all.every((channel) => this.lostOf(channel).length === 0), 'the last messages').catch(() => undefined);
    this.delays.disable();
  }

  /** Publishes at a node that takes the message, or rejects. @returns when it was sent: who owns the slot may have to be asked first */
  private async publish(channel: Channel, text: string): Promise<number> {
    const isSharded = channel.name.startsWith('sharded');
    try {
      this.owners ??= this.look();
      const owners = await this.owners;
      const node = isSharded ? owners[hashSlot(channel.name)] : this.cluster.live.find((one) => !this.isSubscribedAt(one));
      if (node === undefined) throw new Error('no node for the message');
      const at = performance.now();
      await node.call(isSharded ? 'SPUBLISH' : 'PUBLISH', channel.name, text);
      return at;
    } catch (error) {
      this.owners = undefined;
      this.refusal = error;
      throw error;
    }
  }

  /** The owners of all slots, as a primary sees them. */
  private async look(): Promise<ClusterNode[]> {
    const owners: ClusterNode[] = [];
    for (const { id, slots } of await this.cluster.view()) {
      for (const [first, last] of slots) for (let slot = first; slot <= last; slot++) owners[slot] = this.cluster.node(id);
    }
    return owners;
  }
}
