import "./history.css";
import { startPage } from "../kit/start-page.tsx";
import { HistoryPage } from "./history-page.tsx";

startPage((host) => {
  host.setTitle("Run History");
  return <HistoryPage />;
});
