/** Prints the report to the terminal. */
import { allTables } from './tables.mjs';

/** Formats a table as aligned text: the first column is left-aligned, the others are right-aligned. */
export function alignedTable({ title, head, rows }) {
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map(row => row[column].length)));
  const line = row => row.map((text, column) => column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column])).join('  ');
  return [title, line(head), widths.map(width => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Prints all tables, missing contenders, and how far single rounds were from the medians. */
export function printReport(results) {
  for (const table of allTables(results)) console.log(`\n${alignedTable(table)}`);
  const spreads = [...results.summary.values()].flatMap(of => [...of.values()].map(({ spread }) => spread ?? 0));
  console.log(`\nLargest distance of a round from its median: ${(Math.max(0, ...spreads) * 100).toFixed(0)} %.`);
  for (const { label, missing } of results.contenders) if (missing) console.log(`missing: ${label} (${missing})`);
}
