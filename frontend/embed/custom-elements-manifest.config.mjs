// What the manifest of the elements is read from.
export default {
  globs: ["src/elements/*.ts"],
  exclude: ["src/elements/*-words.ts", "src/elements/*styles.ts"],
  outdir: ".",
};
