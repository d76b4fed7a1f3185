/**
 * Writes dist/index.d.ts, all public types, and dist/internals.d.ts, what they are made of, from the declarations that tsc wrote to the
 * cache. Two files are quicker to load than many, and methods that are spelt out are quicker to check than methods that are computed from tables.
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
  // A character beyond Latin-1 would make compilers keep the whole text in twice the memory.
  writeFileSync(join(output, `${name}.d.ts`), text.replaceAll('…', '...'));
}
