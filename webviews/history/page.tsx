import "./history.css";
import { startPage } from "../kit/start-page.tsx";
import { HistoryPage } from "./history-page.tsx";

startPage((host) => {
  const { identity } = host;
  const isBackfill = identity.page === "history" && identity.filter.backfill_id !== undefined;
  host.setTitle(isBackfill ? `Backfill · ${identity.filter.flow_name ?? ""}` : "Run History");
  return <HistoryPage />;
});
