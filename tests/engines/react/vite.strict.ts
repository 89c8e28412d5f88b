// Builds the page of `strict.tsx` beside the application, with the React that checks what strict mode checks.
import { defineConfig } from "vite";

export default defineConfig({
  build: { emptyOutDir: false, minify: false, rolldownOptions: { input: "strict.html" } },
});
