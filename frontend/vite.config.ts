// How the pages' scripts and styles are built into the Python package.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../src/firstmile/web/static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0,
    // The polyfill would be a second script for a browser that no longer exists.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: "src/app.ts" },
  },
});
