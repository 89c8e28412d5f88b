// Two builds: for the server, which gives out files with hashes; and for npm, which leaves Lit to the page.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Plugin, defineConfig } from "vite";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const STATIC = "../../src/firstmile/web/static/embed";
const ELEMENTS = ["checklist", "consent", "gate", "guide", "help", "tip", "tour"];

export default defineConfig(({ mode }) => (mode === "npm" ? forNpm() : forServer()));

function forServer() {
  return {
    plugins: [ownPolicy(), hashes()],
    build: {
      outDir: STATIC,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false as const,
      lib: { entry: { firstmile: "src/script/firstmile.ts" }, formats: ["es" as const] },
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension" as const,
        output: {
          entryFileNames: "[name].js",
          chunkFileNames: "[name].js",
          minify: true,
          codeSplitting: {
            // The core belongs into the entry, also when an element needs it.
            includeDependenciesRecursively: false,
            groups: [
              { name: "lit", test: /node_modules.(@lit|lit)/ },
              { name: "floating", test: /node_modules.@floating-ui/ },
              { name: "card", test: /src.elements.(card|card-styles|floating|focusing|targets|guidance-words)\.ts/ },
              { name: "common", test: /src.elements.(blocks|element|icons|live|styles|words)\.ts/ },
            ],
          },
        },
      },
    },
  };
}

function forNpm() {
  const elements = Object.fromEntries(ELEMENTS.map((name) => [`elements/${name}`, `src/elements/${name}.ts`]));
  return {
    build: {
      outDir: "dist",
      emptyOutDir: true,
      target: "es2022",
      minify: false,
      modulePreload: false as const,
      lib: {
        entry: {
          index: "src/index.ts",
          "elements/index": "src/elements/index.ts",
          ...elements,
          react: "src/react/index.ts",
        },
        formats: ["es" as const],
      },
      rolldownOptions: {
        external: [/^lit/, /^@floating-ui/, "react"],
        output: { entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" },
      },
    },
  };
}

/** Lit asks for a Trusted Types policy; ours has its own name, so that a page may have a Lit of its own. */
function ownPolicy(): Plugin {
  const theirs = 'createPolicy("lit-html"';
  return {
    name: "firstmile-policy",
    generateBundle(_, bundle) {
      const chunk = Object.values(bundle).find((one) => one.type === "chunk" && one.name === "lit");
      if (chunk?.type !== "chunk") throw new Error("There is no chunk with Lit.");
      const renamed = chunk.code.replace(/createPolicy\((["'`])lit-html\1/, 'createPolicy("firstmile"');
      if (renamed === chunk.code) throw new Error(`Lit does not say ${theirs} any more.`);
      chunk.code = renamed;
    },
  };
}

/** Writes the hashes of all parts into the entry, and a list of all files with theirs. */
function hashes(): Plugin {
  return {
    name: "firstmile-hashes",
    enforce: "post",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const entry = chunks.find((one) => one.isEntry);
      if (!entry) throw new Error("There is no entry.");
      const integrityOf = new Map(chunks.map((one) => [one.fileName, one === entry ? "" : sri(one.code)]));
      const needed = (file: string, seen = new Set<string>()): Set<string> => {
        if (file === entry.fileName || seen.has(file)) return seen;
        seen.add(file);
        chunks.find((one) => one.fileName === file)?.imports.forEach((one) => needed(one, seen));
        return seen;
      };
      const parts = entry.dynamicImports.map((file) => {
        const files = [...needed(file)].map((one) => [one, integrityOf.get(one)]);
        const name = file.replace(/\.js$/, "");
        return [name === "guide" ? name : `fm-${name}`, files];
      });
      if (!entry.code.includes("__PARTS__")) throw new Error("The entry has no place for the hashes.");
      entry.code = entry.code.replaceAll("__PARTS__", JSON.stringify(Object.fromEntries(parts)));
      integrityOf.set(entry.fileName, sri(entry.code));
      const files = Object.fromEntries([...integrityOf].sort());
      const content = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 8);
      const manifest = { version, folder: `${version}-${content}`, entry: entry.fileName, files };
      const source = `${JSON.stringify(manifest, null, 2)}\n`;
      this.emitFile({ type: "asset", fileName: "embed.json", source });
    },
  };
}

function sri(code: string): string {
  return `sha384-${createHash("sha384").update(code).digest("base64")}`;
}
