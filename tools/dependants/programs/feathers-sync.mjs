// Service events of one application reach another one.
import feathersModule from '@feathersjs/feathers';
import sync from 'feathers-sync';
import { say, until, url } from '../stage.mjs';

const feathers = feathersModule.feathers ?? feathersModule.default ?? feathersModule;
const make = () => {
  const app = feathers();
  app.configure(sync({ uri: url, key: 'feathers' }));
  app.use('todos', { create: async (data) => data, remove: async (id) => ({ id }) });
  return app;
};
const apps = [make(), make()];
await Promise.all(apps.map((app) => app.sync.ready));
const heard = [[], []];
apps.forEach((app, i) => {
  app.service('todos').on('created', (todo) => heard[i].push(['created', todo]));
  app.service('todos').on('removed', (todo) => heard[i].push(['removed', todo]));
});
await apps[0].service('todos').create({ text: 'ünïcode', n: 1 });
await apps[1].service('todos').remove(7);
await until('both heard both', () => heard.every((list) => list.length === 2));
say('heard', heard.map((list) => list.sort()));
for (const app of apps) {
  await app.sync.sub.unsubscribe('feathers');
  await app.sync.sub.close();
  await app.sync.pub.close();
}
