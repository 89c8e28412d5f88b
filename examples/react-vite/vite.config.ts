import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const { VITE_FIRSTMILE: firstmile } = loadEnv(mode, ".");
  // Lit comes from this bundle, so its policy has Lit's own name.
  const policy =
    `default-src 'self'; connect-src 'self' ${firstmile}; base-uri 'none';` +
    " require-trusted-types-for 'script'; trusted-types lit-html";
  return {
    server: { port: 5173, strictPort: true },
    preview: { port: 5173, strictPort: true, headers: { "content-security-policy": policy } },
  };
});
