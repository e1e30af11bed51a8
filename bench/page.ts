/** `node bench/page.ts [FILE]`: writes the page beside the grid's JSON anew, after remarks.json was edited; measures nothing. */
import { fileURLToPath } from "node:url";
import { writePage } from "./report/page.ts";

writePage(process.argv[2] ?? fileURLToPath(new URL("./results/grid.json", import.meta.url)));
