// Service events of one application reach another one.
import feathersModule from '@feathersjs/feathers';
import sync from 'feathers-sync';
import { say, until, url } from './shared/stage.mjs';

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
for (const [i, list] of heard.entries()) say(`heard by ${i}`, list.sort());
const silent = { create: async (data) => data };
for (const app of apps) app.use('quiet', silent, { events: ['news'] });
const news = [];
apps[1].service('quiet').on('news', (words) => news.push(words));
apps[0].service('quiet').emit('news', { of: 'application 0' });
await until('news came', () => news.length > 0);
say('event of its own', news);
apps[0].service('quiet').emit('news', { list: [1, null, { deep: true }] });
await until('news came', () => news.length > 1);
say('nested', news[1]);
for (const app of apps) {
  await app.sync.sub.unsubscribe('feathers');
  await app.sync.sub.close();
  await app.sync.pub.close();
}
