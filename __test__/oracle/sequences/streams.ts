/** Streams: groups, deliveries, claims, trimming. */
import type { Sequence, SequenceStage } from './sequence';

async function fill({ command }: SequenceStage): Promise<void> {
  for (const id of ['1-0', '2-0', '3-0', '4-0']) await command('XADD', 'st', id, 'f', `v${id}`, 'g', '1.5');
}

export const streamSequences: readonly Sequence[] = [
  {
    name: 'a group reads, acknowledges and claims',
    run: async (stage) => {
      const { call } = stage;
      await fill(stage);
      await call('xGroupCreate', 'st', 'grp', '0');
      await call('xGroupCreate', 'st', 'grp', '0');
      await call('xGroupCreateConsumer', 'st', 'grp', 'idle');
      await call('xReadGroup', 'grp', 'c1', { key: 'st', id: '>' }, { COUNT: 2 });
      await call('xReadGroup', 'grp', 'c1', { key: 'st', id: '0' });
      await call('xReadGroup', 'grp', 'c2', [{ key: 'st', id: '>' }]);
      await call('xReadGroup', 'grp', 'c2', { key: 'st', id: '>' });
      await call('xPending', 'st', 'grp');
      await call('xPendingRange', 'st', 'grp', '-', '+', 10);
      await call('xPendingRange', 'st', 'grp', '-', '+', 10, { consumer: 'nobody' });
      await call('xInfoGroups', 'st');
      await call('xInfoConsumers', 'st', 'grp');
      await call('xInfoStream', 'st');
      await call('xAck', 'st', 'grp', ['1-0', '9-0']);
      await call('xClaim', 'st', 'grp', 'c3', 0, ['2-0', '8-0']);
      await call('xClaimJustId', 'st', 'grp', 'c3', 0, '3-0');
      await call('xDel', 'st', '3-0');
      await call('xAutoClaim', 'st', 'grp', 'c4', 0, '0-0', { COUNT: 1 });
      await call('xAutoClaim', 'st', 'grp', 'c4', 0, '0-0');
      await call('xAutoClaimJustId', 'st', 'grp', 'c5', 0, '0-0');
      await call('xReadGroup', 'grp', 'c3', { key: 'st', id: '0' });
      await call('xGroupDelConsumer', 'st', 'grp', 'c4');
      await call('xGroupSetId', 'st', 'grp', '0');
      await call('xPending', 'st', 'grp');
      await call('xGroupDestroy', 'st', 'grp');
      await call('xPending', 'st', 'grp');
      await call('xReadGroup', 'grp', 'c1', { key: 'st', id: '>' });
    },
  },
  {
    name: 'deleted messages in a delivery',
    run: async (stage) => {
      const { call } = stage;
      await fill(stage);
      await call('xGroupCreate', 'st', 'grp', '0');
      await call('xReadGroup', 'grp', 'c1', { key: 'st', id: '>' });
      await call('xDel', 'st', ['1-0', '2-0', '3-0', '4-0']);
      await call('xReadGroup', 'grp', 'c1', { key: 'st', id: '0' });
      await call('xClaim', 'st', 'grp', 'c2', 0, ['1-0', '2-0']);
      await call('xAutoClaim', 'st', 'grp', 'c2', 0, '0-0');
      await call('xInfoStream', 'st');
      await call('xRange', 'st', '-', '+');
      await call('xRead', { key: 'st', id: '0' });
    },
  },
  {
    name: 'several streams, ranges and trims',
    run: async (stage) => {
      const { call } = stage;
      await fill(stage);
      await call('xAdd', 'su', '1-1', { f: '', 'a field': 'zwölf' });
      await call('xAdd', 'su', '1-1', { f: 'again' });
      await call('xAdd', 'su', '*', { f: 'v' });
      await call('xAddNoMkStream', 'none', '*', { f: 'v' });
      await call('xRead', [{ key: 'st', id: '2-0' }, { key: 'su', id: '0' }, { key: 'none', id: '0' }]);
      await call('xRead', [{ key: 'st', id: '$' }], { COUNT: 1 });
      await call('xRange', 'st', '(1-0', '3-0');
      await call('xRevRange', 'st', '+', '2-0');
      await call('xRange', 'st', '-', '+', { COUNT: 1 });
      await call('xTrim', 'st', 'MAXLEN', 2);
      await call('xTrim', 'st', 'MINID', '4-0');
      await call('xLen', 'st');
      await call('xSetId', 'st', '3-0');
      await call('xSetId', 'st', '9-9');
      await call('xInfoStream', 'st');
    },
  },
];
