/**
 * Writes dist/index.d.ts (all public types) and dist/internals.d.ts (the types that these refer to) from the
 * declarations that tsc wrote to the cache. Two files load faster than many, and written-out methods are checked faster
 * than methods that are computed from tables.
 *
 *   node tools/declarations/write.mjs <folder of tsc's declarations> <folder to write to>
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bundle } from './bundle.mjs';
import { Signatures } from './signatures.mjs';

const [folder, output] = process.argv.slice(2);
const bundle = new Bundle(join(folder, 'index.d.ts'));
new Signatures(bundle);
const texts = bundle.texts({ index: './index', internals: './internals' });
for (const [name, text] of Object.entries(texts)) {
  // With a character beyond Latin-1, compilers would store the whole text in twice the memory.
  writeFileSync(join(output, `${name}.d.ts`), text.replaceAll('…', '...'));
}
