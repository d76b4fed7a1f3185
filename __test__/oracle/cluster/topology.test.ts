// Slots that move and nodes that hand over: what callers see of it, beside npm redis.
import { hashSlot } from '../../../lib/wire/hash-slot';
import { giveSlot, moveSlots } from '../../cluster/servers/migration';
import { onEachCluster, sameOnCluster as same, type ClusterStage } from './stage';

/** Moves the slot of a key to the next primary, while `halfway` looks on, and back at the end of the test. */
async function moved({ servers }: ClusterStage, key: string, halfway?: () => Promise<void>): Promise<() => Promise<void>> {
  const slot = hashSlot(key);
  const from = await servers.ownerOf(slot);
  const primaries = await servers.primaries();
  const to = primaries[(primaries.indexOf(from) + 1) % primaries.length] as typeof from;
  await moveSlots(servers, [slot], from, to, { ...(halfway && { halfway }) });
  return () => moveSlots(servers, [slot], to, from);
}

onEachCluster(() => {
  same('commands follow a slot that has moved', async (stage) => {
    const { connected, note, outcome } = stage;
    const one = await connected();
    await one.set('{k}', 'v');
    await one.hSet('{k}h', { f: '1' });
    const before = one.getSlotMaster(hashSlot('{k}')).address;
    const back = await moved(stage, '{k}');
    await outcome('get', one.get('{k}'));
    await outcome('set', one.set('{k}', 'w'));
    await outcome('mGet', one.mGet(['{k}', 'a', 'b', 'c']));
    await outcome('words', one.sendCommand('{k}', true, ['GET', '{k}']));
    await outcome('multi', one.multi().get('{k}').hGetAll('{k}h').exec());
    await outcome('eval', one.eval('return redis.call("GET", KEYS[1])', { keys: ['{k}'] }));
    await outcome('publish', one.sPublish('{k}', 'x'));
    await outcome('client', one.getNodeClientForKey('{k}').then((client) => client.get('{k}')));
    note(one.getSlotMaster(hashSlot('{k}')).address !== before);
    await back();
    await outcome('back', one.get('{k}'));
    note(one.getSlotMaster(hashSlot('{k}')).address === before);
  });

  same('a transaction is the first to learn of it', async (stage) => {
    const { connected, note, outcome } = stage;
    const one = await connected();
    await one.set('{k}', '1');
    const back = await moved(stage, '{k}');
    await outcome('multi', one.multi().incr('{k}').get('{k}').exec());
    note(await one.get('{k}'));
    await back();
    await outcome('back', one.multi().incr('{k}').exec());
    note(await one.get('{k}'));
  });

  same('a script is the first to learn of it', async (stage) => {
    const { connected, lib, outcome } = stage;
    const incr = lib.defineScript({
      SCRIPT: 'return redis.call("INCR", KEYS[1])', NUMBER_OF_KEYS: 1, parseCommand: (parser, key: string) => parser.pushKey(key), transformReply: (reply: number) => -reply,
    });
    const one = await connected({ scripts: { incr } } as never) as unknown as { incr(key: string): Promise<unknown> };
    await outcome('before', one.incr('{k}'));
    const back = await moved(stage, '{k}');
    await outcome('moved', one.incr('{k}'));
    await back();
    await outcome('back', one.incr('{k}'));
  });

  same('keys of a slot that is on its way are asked for at both ends', async (stage) => {
    const { connected, outcome } = stage;
    const one = await connected();
    for (let index = 0; index < 4; index += 1) await one.set(`{k}${index}`, `v${index}`);
    const back = await moved(stage, '{k}', async () => {
      // One of the keys has moved, the others have not; new ones belong to the other end.
      for (let index = 0; index < 4; index += 1) await outcome('get', one.get(`{k}${index}`));
      await outcome('none', one.get('{k}none'));
      await outcome('new', one.set('{k}new', 'x'));
      await outcome('read', one.get('{k}new'));
      await outcome('multi', one.multi().get('{k}new').exec());
      await outcome('words', one.sendCommand('{k}new', true, ['GET', '{k}new']));
    });
    await outcome('all', Promise.all([0, 1, 2, 3, 'new'].map((index) => one.get(`{k}${index}`))));
    await back();
  });

  same('no redirections are left', async (stage) => {
    const { connected, note } = stage;
    const one = await connected({ maxCommandRedirections: 0 });
    const slot = hashSlot('{k}');
    const from = await stage.servers.ownerOf(slot);
    const [to] = (await stage.servers.primaries()).filter((node) => node !== from);
    await giveSlot(slot, from, to as typeof from, await stage.servers.primaries());
    const error: unknown = await one.get('{k}').catch((reason: unknown) => reason);
    note(error instanceof stage.lib.MaxCommandRedirectionsError, (error as Error).message, ((error as Error).cause as Error).message.split(' ')[0]);
    await giveSlot(slot, to as typeof from, from, await stage.servers.primaries());
  });

  same('sharded subscriptions follow their slot', async (stage) => {
    const { connected, note, until } = stage;
    const one = await connected();
    const other = await connected();
    const seen: unknown[] = [];
    await one.sSubscribe('{k}', (message) => seen.push(message));
    await other.sPublish('{k}', 'before');
    await until(() => seen.length === 1);
    const back = await moved(stage, '{k}');
    await until(async () => {
      const owner = await stage.servers.ownerOf(hashSlot('{k}'));
      return ((await owner.call('PUBSUB', 'SHARDNUMSUB', '{k}')) as unknown[])[1] === 1;
    }, 'the subscription to follow');
    await other.sPublish('{k}', 'after');
    await until(() => seen.length === 2);
    note(seen);
    await back();
  });

  same('a primary hands over', async (stage) => {
    const { connected, note, outcome, servers, until } = stage;
    const one = await connected();
    await one.set('{k}', 'v');
    const slot = hashSlot('{k}');
    const before = await servers.ownerOf(slot);
    const { node } = await servers.failOver(before);
    await outcome('get', one.get('{k}'));
    await outcome('set', one.set('{k}', 'w'));
    await until(() => one.getSlotMaster(slot).address === node.address && one.masters.length === 3, 'the new primary to be shown');
    note(one.masters.some(({ address }) => address === node.address), one.masters.some(({ address }) => address === before.address));
  });
});
