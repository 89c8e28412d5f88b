// The files of the package import in one direction.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const SOURCE = join(import.meta.dirname, "../src");
const IMPORT = /^(?:import|export)\s[^;]*?from "(\.[^"]+)";/gms;

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const importsOf = new Map(
  files.map((file) => {
    const found = readFileSync(join(SOURCE, file), "utf8").matchAll(IMPORT);
    return [file, [...found].map(([, path]) => normalize(join(dirname(file), path!)))];
  }),
);

test("no file imports itself by way of others, not even for types", () => {
  const settled = new Set<string>();
  const visit = (file: string, way: string[]): void => {
    assert.ok(!way.includes(file), `a circle: ${[...way.slice(way.indexOf(file)), file].join(" → ")}`);
    if (settled.has(file)) return;
    for (const next of importsOf.get(file) ?? []) visit(next, [...way, file]);
    settled.add(file);
  };
  for (const file of files) visit(file, []);
});

test("the core knows no element, no Lit and no React", () => {
  for (const file of files.filter((one) => one.startsWith("core"))) {
    const source = readFileSync(join(SOURCE, file), "utf8");
    assert.doesNotMatch(source, /from "(?:\.\.\/(?:elements|react|script)|lit|react|@floating-ui)/, file);
  }
});
