import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { keepDocument } from "./document/keep";
import { startI18n } from "./i18n";
import { notify } from "./jobs/notices";
import { jobActions } from "./jobs/store";
import { startTheme } from "./panels/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

startTheme();
// Both before anything is shown: else the page would change its language, and a reload would flash the empty room.
await Promise.all([
  startI18n(),
  keepDocument((error) => notify({ code: "not_kept", detail: String(error) })),
]);
void jobActions.resume();

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
