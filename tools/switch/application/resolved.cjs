// Prints which packages the application and its libraries get under the names of npm redis.
const { existsSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');

const NAMES = [
  ['the application', 'redis'], ['the application', '@redis/client'], ['the application', '@redis/search'], ['the application', '@redis/time-series'],
  ['connect-redis', 'redis'], ['@keyv/redis', '@redis/client'],
];

for (const [user, name] of NAMES) {
  const from = user === 'the application' ? __filename : require.resolve(user);
  let folder = dirname(createRequire(from).resolve(name));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  console.log(`${user} gets under the name ${name}: ${manifest.name} ${manifest.version}`);
}
