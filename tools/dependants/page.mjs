/** Writes docs/dependants.md: the table of tested libraries, from the results of a run. */

/** Formats a result as a cell of the table. */
function cellOf({ code, lines }, needs) {
  if (code !== 0) return needs === undefined ? 'fails' : `does not load: it needs ${needs}`;
  return `${lines} results`;
}

/**
 * @param {{library: import('./libraries.mjs').Library, theirs: {code: number, lines: number}, verdict: string}[]} rows
 * @param {string} control version of npm redis
 * @returns {string} the page
 */
export function pageOf(rows, control) {
  const cells = rows.map(({ library: { name, version, also = {}, imports, does, needs }, theirs, verdict }) => [
    `${name} ${version}`, Object.entries(also).map((pair) => pair.join(' ')).join(', ') || '–', `\`${imports}\``, does, cellOf(theirs, needs), verdict,
  ]);
  const lines = [['library', 'with', 'imports', 'what is done', `npm redis ${control}`, 'oxredis'], Array(6).fill('---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
  return `# Libraries on top of \`redis\`

Written by \`npm run dependants -- --write\`; CI runs \`npm run dependants\`, which fails if a line would be another one. One application depends on all of these libraries at once. It is installed twice by npm, which checks their peer ranges: with npm \`redis\` and \`@redis/client\` ${control}, and with the packed oxredis under both names. For each library a program uses it as its documentation does, on an empty server. What the program tells (results, events, errors) and what the server saw (MONITOR) must be the same.

${lines.join('\n')}

"results" is how many lines the program tells. Libraries that ask for an older \`redis\` of their own get the application's by \`overrides\`, in both runs. So do, beside oxredis, those that ask for \`@redis/bloom\`, \`@redis/json\` and the like of version 1, whose packages load files from inside \`@redis/client\`. The programs are in [tools/dependants/programs](../tools/dependants/programs).
`;
}
