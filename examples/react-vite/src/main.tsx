import { FirstmileProvider } from "firstmile/react";
import { createRoot } from "react-dom/client";
import { comeBack, server, token } from "./firstmile.ts";
import { Harbour } from "./Harbour.tsx";
import "./harbour.css";

await comeBack();
createRoot(document.getElementById("harbour")!).render(
  <FirstmileProvider server={server} token={token}>
    <Harbour />
  </FirstmileProvider>,
);
