/** Sequences on the server: scripts, functions, ACL, clients, configuration, latency, memory, persistence, replication. */
import { RESP_TYPES } from '../../../lib';
import { freePort } from '../../support/free-port';
import { type Sequence, until } from './sequence';

export const serverSequences: readonly Sequence[] = [
  {
    name: 'replies of scripts',
    run: async ({ call }) => {
      for (const script of [
        'return {1, "a", false, {2, {3}}}', 'return 3.9', 'return nil', 'return true', 'return {}', 'return redis.status_reply("FINE")',
        'return redis.error_reply("MINE no")', 'return {1, redis.error_reply("MINE no"), 2}', 'return {err="PLAIN"}', 'error("mine")',
        'return redis.call("NOSUCH")', 'redis.setresp(3) return {double=1.5}', 'redis.setresp(3) return {map={a=1}}',
        'redis.setresp(3) return {set={x=true}}', 'redis.setresp(3) return {big_number="12345678901234567890"}',
        'redis.setresp(3) return {verbatim_string={format="txt", string="text"}}', 'redis.setresp(3) return true', 'return (',
      ]) await call('eval', script);
      await call('eval', 'return {KEYS, ARGV}', { keys: ['k', 'l'], arguments: ['x'] });
      await call('evalRo', 'return redis.call("SET", KEYS[1], 1)', { keys: ['k'] });
      const sha = await call('scriptLoad', 'return ARGV[1]');
      await call('evalSha', String(sha), { arguments: ['y'] });
      await call('evalSha', 'a'.repeat(40));
      await call('scriptExists', [String(sha), 'a'.repeat(40)]);
      await call('scriptFlush');
      await call('scriptKill');
    },
  },
  {
    name: 'the debugger of scripts', changesTheConnection: true,
    run: async ({ call }) => {
      await call('scriptDebug', 'YES');
      await call('scriptDebug', 'SYNC');
      await call('scriptDebug', 'NO');
      await call('scriptDebug', 'MAYBE');
    },
  },
  {
    name: 'functions',
    run: async ({ call, actor }) => {
      const code = '#!lua name=second\nredis.register_function{function_name="f", callback=function(keys) return redis.call("GET", keys[1]) end, flags={"no-writes"}}\nredis.register_function("g", function() return {1.5} end)';
      await call('functionLoad', code);
      await call('functionLoad', code);
      await call('functionLoad', code, { REPLACE: true });
      await call('functionLoad', '#!lua name=bad\nno code');
      await call('functionList', { LIBRARYNAME: 'second' });
      await call('functionListWithCode', { LIBRARYNAME: 'second' });
      await call('fCall', 'f', { keys: ['a'] });
      await call('fCallRo', 'g');
      await call('fCall', 'none');
      const dump = await actor.client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).functionDump();
      await call('functionDump');
      await call('functionDelete', 'second');
      await call('functionDelete', 'second');
      await call('functionRestore', dump as unknown as Buffer);
      await call('functionRestore', dump as unknown as Buffer, { mode: 'REPLACE' });
      await call('functionRestore', dump as unknown as Buffer, { mode: 'FLUSH' });
      await call('functionStats');
      await call('functionFlush');
      await call('functionList');
      await call('functionKill');
    },
  },
  {
    name: 'ACL users and their log', changesTheConnection: true,
    run: async ({ call, command, another }) => {
      await call('aclSetUser', 'limited', ['on', '>pw', '~a:*', '&news', '+@read', '-@dangerous', '(+get ~b:*)']);
      await call('aclSetUser', 'limited', '+nosuch');
      await call('aclGetUser', 'limited');
      await call('aclGetUser', 'nobody');
      await call('aclList');
      await call('aclUsers');
      await call('aclDryRun', 'limited', ['get', 'a:1']);
      await call('aclDryRun', 'limited', ['set', 'a:1', 'v']);
      await call('aclDryRun', 'nobody', ['get', 'a']);
      await command('ACL', 'LOG', 'RESET');
      const limited = await another();
      try {
        await limited.client.auth({ username: 'limited', password: 'pw' });
        await limited.client.get('other').catch(() => undefined);
        await call('aclLog');
        await call('aclLog', 0);
      } finally {
        limited.client.destroy();
      }
      await call('auth', { username: 'limited', password: 'wrong' });
      await call('auth', { username: 'limited', password: 'pw' });
      await call('aclWhoAmI');
      await call('get', 'other');
      await call('set', 'a:1', 'v');
      await call('auth', { username: 'default', password: '' });
      await call('aclLogReset');
      await call('aclDelUser', ['limited', 'nobody']);
      await call('aclCat', 'nosuch');
    },
  },
  {
    name: 'names, lists and ends of connections', changesTheConnection: true,
    run: async ({ call, note, another, actor, command }) => {
      await call('clientGetName');
      await call('clientSetName', 'mine');
      await call('clientSetName', 'not mine');
      await call('clientGetName');
      await call('clientInfo');
      await call('clientList');
      await call('clientList', { TYPE: 'PUBSUB' });
      await call('clientId');
      await call('clientNoEvict', true);
      await call('clientGetRedir');
      await call('clientTrackingInfo');
      await call('clientTracking', true, { OPTIN: true });
      await call('clientTrackingInfo');
      await call('clientCaching', true);
      await call('clientTracking', false);
      await call('clientCaching', true);
      const other = await another();
      try {
        const id = await other.client.clientId();
        await call('clientUnblock', id);
        const popped = other.client.blPop('none', 0).catch((error: Error) => error.message);
        await until(() => command('CLIENT', 'LIST', 'ID', String(id)), /flags=\w*b/);
        await call('clientUnblock', id, 'ERROR');
        await note('unblocked', () => popped);
        await call('clientKill', { filter: 'ID', id });
        await until(() => command('CLIENT', 'LIST', 'ID', String(id)), /^\s*$/);
      } finally {
        other.client.destroy();
      }
      await call('clientKill', { filter: 'ADDR', address: '127.0.0.1:1' });
      await call('clientKill', [{ filter: 'USER', username: 'zoe' }, { filter: 'SKIPME', skipMe: false }]);
      await call('clientKill', { filter: 'ID', id: 0 });
      await call('clientPause', 10_000, 'WRITE');
      await call('clientUnpause');
      await call('hello');
      await call('hello', actor.protocol);
      await call('hello', 9);
      await call('ping', 'x');
    },
  },
  {
    name: 'configuration',
    run: async ({ call }) => {
      await call('configGet', 'maxmemory-policy');
      await call('configGet', ['list-max-*', 'nosuch*']);
      await call('configGet', 'nosuch');
      await call('configSet', 'maxmemory-samples', '5');
      await call('configSet', { 'maxmemory-samples': '5', 'lfu-decay-time': '1' });
      await call('configSet', 'nosuch', '1');
      await call('configSet', 'maxmemory-samples', 'many');
      await call('configResetStat');
      await call('configRewrite');
      await call('commandGetKeys', ['get']);
      await call('commandInfo', ['get', 'xread', 'sort', 'config', 'nosuch']);
      await call('commandDocs', ['get', 'config', 'set', 'xadd']);
      await call('commandGetKeysAndFlags', ['sort', 'a', 'STORE', 'b']);
    },
  },
  {
    name: 'latency',
    run: async ({ call, command }) => {
      await call('latencyDoctor');
      await call('latencyLatest');
      await command('CONFIG', 'SET', 'latency-monitor-threshold', '1');
      await command('DEBUG', 'SLEEP', '0.003');
      await call('latencyLatest');
      await call('latencyHistory', 'command');
      await call('latencyHistory', 'none');
      await call('latencyGraph', 'command');
      await call('latencyReset', 'command');
      await call('latencyReset');
    },
  },
  {
    name: 'memory and objects',
    run: async ({ call, command }) => {
      await command('SET', 'a', 'x'.repeat(200));
      await command('RPUSH', 'l', '1');
      await call('memoryUsage', 'a');
      await call('memoryUsage', 'none');
      await call('memoryDoctor');
      await call('memoryPurge');
      for (const key of ['a', 'l', 'none']) {
        for (const method of ['objectEncoding', 'objectRefCount', 'objectIdleTime', 'objectFreq', 'type', 'ttl', 'expireTime']) await call(method, key);
      }
      await command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
      await command('SET', 'b', '1');
      try {
        await call('objectFreq', 'b');
        await call('objectIdleTime', 'b');
      } finally {
        await command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      }
    },
  },
  {
    name: 'subscriptions as the server counts them',
    run: async ({ call, another }) => {
      const other = await another();
      try {
        await other.client.subscribe(['news', 'new'], () => undefined);
        await other.client.pSubscribe('n*', () => undefined);
        await other.client.sSubscribe('shard', () => undefined);
        await call('pubSubChannels');
        await call('pubSubChannels', 'news');
        await call('pubSubNumSub', ['news', 'none']);
        await call('pubSubNumPat');
        await call('pubSubShardNumSub', ['shard', 'none']);
        await call('pubSubShardChannels');
        await call('publish', 'news', 'hello');
        await call('sPublish', 'shard', 'hello');
        await other.client.unsubscribe();
        await call('pubSubNumSub', 'news');
      } finally {
        other.client.destroy();
      }
    },
  },
  {
    name: 'persistence, replication, other servers',
    run: async ({ call, command }) => {
      const idle = (): Promise<void> => until(() => command('INFO', 'persistence'), /rdb_bgsave_in_progress:0[^]*aof_rewrite_in_progress:0\r/);
      // The server looks for ended children as often as this says, per second.
      await command('CONFIG', 'SET', 'hz', '500');
      await idle();
      await call('bgSave');
      await idle();
      await call('bgRewriteAof');
      await idle();
      await call('bgSave', { SCHEDULE: true });
      await idle();
      await command('CONFIG', 'SET', 'hz', '10');
      await call('role');
      const nobody = await freePort();
      await call('replicaOf', 'NO', 'ONE');
      await command('SET', 'a', 'v');
      await call('migrate', '127.0.0.1', nobody, 'a', 0, 1000);
      await call('migrate', '127.0.0.1', nobody, 'none', 0, 1000);
      await call('wait', 0, 10);
      await call('swapDb', 0, 1);
      await call('flushDb');
      await call('dbSize');
    },
  },
];
