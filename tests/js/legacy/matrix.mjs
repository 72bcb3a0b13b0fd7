// A reporter for `node --test`: the matrix of a file whose suites are rows and whose tests are columns.
import { report } from "../generations/report.mjs";

export default async function* matrix(events) {
  const rows = [];
  for await (const { type, data } of events) {
    if (type === "test:start" && data.nesting === 0) rows.push({ name: data.name, results: {} });
    if (type === "test:pass" && data.nesting === 1) rows.at(-1).results[data.name] = null;
    // A suite that fails because of a test in it is no cell of its own.
    if (type === "test:fail" && data.details.error.failureType !== "subtestsFailed") {
      const { cause, message } = data.details.error;
      rows.at(-1).results[data.name] = cause?.message ?? message;
    }
  }
  report("", rows);
  yield "";
}
