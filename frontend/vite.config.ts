import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const API = process.env.RESPELL_API ?? "http://127.0.0.1:8000";
const served = { target: API, ws: true };

export default defineConfig({
  plugins: [react()],
  base: "/",
  build: { outDir: "../backend/page", emptyOutDir: true, assetsInlineLimit: 0 },
  server: { proxy: { "/v1": served, "/healthz": served, "/readyz": served } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
