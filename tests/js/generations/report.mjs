// Prints a matrix: a row per client and transport, a column per check. It judges nothing.

/** Prints `rows`, `[{ name, results }]`; gives the number of red cells. */
export function report(title, rows) {
  const columns = [...new Set(rows.flatMap(({ results }) => Object.keys(results)))];
  const width = Math.max(...rows.map(({ name }) => name.length), title.length);
  console.log(`${title.padEnd(width)}  ${columns.join("  ")}`);
  const red = [];
  for (const { name, results } of rows) {
    const cells = columns.map((column) => {
      const known = column in results;
      if (known && results[column] !== null) red.push(`${name}, ${column}: ${results[column]}`);
      return (known ? (results[column] === null ? "ok" : "RED") : "-").padEnd(column.length);
    });
    console.log(`${name.padEnd(width)}  ${cells.join("  ")}`);
  }
  red.forEach((line) => console.log(`RED ${line}`));
  return red.length;
}
