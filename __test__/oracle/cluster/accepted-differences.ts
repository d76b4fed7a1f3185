/** Where what clusters reply differs from npm `redis` 6.3.1 on purpose, besides the differences of clients. docs/migrating.md says the same for users. */

/** See the module's comment. */
export interface ClusterDifference {
  readonly methods: readonly string[];
  /** What npm `redis` does and what oxredis does instead. */
  readonly reason: string;
  /** Only if what npm `redis` gives has this in it. */
  readonly theirs?: RegExp;
}

export const ON_CLUSTERS: readonly ClusterDifference[] = [];

/** The difference that is accepted for a method: `theirs` is what npm `redis` gives. */
export function acceptedOnClusters(method: string, { theirs }: { theirs: string }): ClusterDifference | undefined {
  return ON_CLUSTERS.find((one) => one.methods.includes(method) && (one.theirs?.test(theirs) ?? true));
}
