/**
 * Writes dist/index.d.ts: all public types in one file, from the declarations that tsc wrote to the cache. One file is quicker to load than
 * many, and methods that are spelt out are quicker to check than methods that are computed from tables.
 *
 *   node tools/declarations/write.mjs <folder of tsc's declarations> <file to write>
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bundle } from './bundle.mjs';
import { Signatures } from './signatures.mjs';

const [folder, file] = process.argv.slice(2);
const bundle = new Bundle(join(folder, 'index.d.ts'));
new Signatures(bundle);
// A character beyond Latin-1 would make compilers keep the whole text in twice the memory.
writeFileSync(file, bundle.text().replaceAll('…', '...'));
