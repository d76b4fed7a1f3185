/** Sends commands to the nodes of a cluster by their request policies, and merges the replies by their response policies. */
export type { ClusterExecutor, RoutingNode } from './executor';
export { attachClusterHImport, type FieldsetCluster, type FieldsetExecutor } from './himport';
export { onOwner, type NodeClient, type OwnerExecutor } from './owner';
export { isReplicaSafe, mayReadFromReplica } from './replica-safety';
export type { Route } from './route';
export { routeIn, routeOf, routeOfWords } from './routes';
export { ClusterScanMethods, type ScanTarget } from './scan-iterators';
export { VirtualCursors } from './virtual-cursors';
