/** A cluster and clients of it for a file of tests; all is gone after it. */
import { after, before } from 'node:test';
import * as theirs from 'redis';
import * as ours from '../../../lib';
import { type ClusterOptions, TestCluster } from '../servers/test-cluster';

/** Whose clients: npm redis is the control, which shows that what is asked for is not what everybody does anyway. */
export type Library = 'oxredis' | 'npm redis';

/** The proofs can be put to the control, too: `OXREDIS_CLUSTER_CLIENT='npm redis'`. */
const UNDER_TEST = (process.env.OXREDIS_CLUSTER_CLIENT ?? 'oxredis') as Library;

export type Client = ours.RedisClusterType & { readonly errors: Error[] };

export interface ClusterStage {
  readonly cluster: TestCluster;
  /** A client of the cluster that is destroyed at the end, and the errors that it emits. */
  client(options?: Partial<ours.RedisClusterOptions>, library?: Library): Client;
  /** The same, connected. */
  connected(options?: Partial<ours.RedisClusterOptions>, library?: Library): Promise<Client>;
}

/** Has to be called once in a file, or in a `describe`. */
export function clusterStage(options: ClusterOptions): ClusterStage {
  let cluster: TestCluster | undefined;
  const made: Client[] = [];
  before(async () => {
    cluster = await TestCluster.start(options);
  });
  after(async () => {
    for (const one of made) if (one.isOpen) one.destroy();
    await cluster?.stop();
  });
  const stage: ClusterStage = {
    get cluster() {
      return cluster as TestCluster;
    },
    client(own = {}, library = UNDER_TEST) {
      const { createCluster } = library === 'oxredis' ? ours : theirs as unknown as typeof ours;
      const rootNodes = stage.cluster.live.map(({ url }) => ({ url }));
      const errors: Error[] = [];
      const defaults = options.password === undefined ? undefined : { defaults: { password: options.password } };
      const one = Object.assign(createCluster({ rootNodes, ...defaults, ...own } as ours.RedisClusterOptions), { errors }) as unknown as Client;
      one.on('error', (error: Error) => errors.push(error));
      made.push(one);
      return one;
    },
    async connected(own, library) {
      const one = stage.client(own, library);
      await one.connect();
      return one;
    },
  };
  return stage;
}
