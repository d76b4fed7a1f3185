/** Sequences on a server that is a cluster of one node. */
import { type Sequence, until } from './sequence';

export const clusterSequences: readonly Sequence[] = [
  {
    // The first one: a node that has lost its slots takes half a second and more to serve again.
    name: 'keys of a slot',
    run: async ({ call, command }) => {
      if (/cluster_state:fail/.test(String(await command('CLUSTER', 'INFO')))) await command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      await until(() => command('CLUSTER', 'INFO'), /cluster_state:ok/);
      await command('SET', '{color}1', 'red');
      await command('SET', '{color}2', 'green');
      await call('clusterKeySlot', 'color');
      const slot = Number(await command('CLUSTER', 'KEYSLOT', 'color'));
      await call('clusterCountKeysInSlot', slot);
      await call('clusterGetKeysInSlot', slot, 10);
      await call('clusterGetKeysInSlot', 77, 10);
      await call('mGet', ['{color}1', '{color}2']);
      await call('mGet', ['a', 'b']);
    },
  },
  {
    name: 'slots of a node',
    run: async ({ call, command }) => {
      await command('CLUSTER', 'RESET', 'HARD');
      await call('clusterInfo');
      await call('clusterSlots');
      await call('clusterAddSlots', [5, 6]);
      await call('clusterAddSlots', 5);
      await call('clusterAddSlotsRange', [{ start: 0, end: 4 }, { start: 7, end: 16383 }]);
      await call('clusterSlots');
      await call('clusterSetSlot', 9, 'STABLE');
      await call('clusterSetSlot', 9, 'IMPORTING', 'nobody');
      await call('clusterDelSlots', [5, 6]);
      await call('clusterDelSlotsRange', { start: 0, end: 3 });
      await call('clusterFlushSlots');
      await call('clusterSlots');
    },
  },
  {
    name: 'a node and others',
    run: async ({ call, command }) => {
      await command('CLUSTER', 'RESET', 'HARD');
      await call('clusterMyId');
      await call('clusterNodes');
      await call('clusterLinks');
      const id = String(await command('CLUSTER', 'MYID'));
      await call('clusterReplicas', id);
      await call('clusterCountFailureReports', id);
      await call('clusterForget', 'nobody');
      await call('clusterReplicate', 'nobody');
      await call('clusterMeet', 'no address', 1);
      await call('clusterFailover');
      await call('clusterSetConfigEpoch', 3);
      await call('clusterSetConfigEpoch', 4);
      await call('clusterBumpEpoch');
      await call('clusterSaveConfig');
      await call('clusterReset');
      await call('clusterReset', { mode: 'HARD' });
    },
  },
  {
    name: 'shards', needs: ['CLUSTER MYSHARDID'],
    run: async ({ call }) => {
      await call('clusterMyShardId');
    },
  },
  {
    name: 'redirections', changesTheConnection: true,
    notOnClusters: 'a cluster waits for slots to get an owner',
    run: async ({ call, command }) => {
      await command('CLUSTER', 'RESET', 'HARD');
      await call('get', 'color');
      await call('asking');
      await call('readonly');
    },
  },
];
