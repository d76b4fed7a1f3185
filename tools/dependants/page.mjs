/** docs/dependants.md: the table of libraries on top of `redis`, written by the run that tries them. */

const packageAndVersion = (name, packages) => `${name} ${packages[name]}`;

/** @returns {string} the page */
export function pageOf(rows, control, packages) {
  const cells = rows.map(({ name, also = [], imports, does, control: theirs, ours, needs }) => [
    packageAndVersion(name, packages), also.map((other) => packageAndVersion(other, packages)).join(', ') || '–', `\`${imports}\``, does,
    needs === undefined ? theirs : `${theirs}: needs ${needs}`, ours,
  ]);
  const lines = [['library', 'with', 'imports', 'what is done', `npm redis ${control}`, 'oxredis'], Array(6).fill('---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
  return `# Libraries on top of \`redis\`

Written by \`npm run dependants\`, which CI runs. One application depends on all of these libraries at once, installed from the registry; npm checks their peer ranges. It is installed twice: with npm \`redis\` and \`@redis/client\` ${control}, and with oxredis under both names. For each library a program uses it as its documentation does. What the program tells (results, events, errors) and what the server saw (MONITOR) must be the same.

${lines.join('\n')}

"results" is how many lines the program tells. Libraries that ask for an older \`redis\` of their own get the application's by \`overrides\`, in both runs. The programs are in [tools/dependants/programs](../tools/dependants/programs).
`;
}
