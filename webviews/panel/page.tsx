/** The Flow view: the flow under the cursor, its parameters, Run, and its run. */
import { startPage } from "../kit/start-page.tsx";
import { Panel } from "./panel.tsx";
import { createPanelState } from "./panel-state.ts";

startPage((host, { surroundings }) => <Panel state={createPanelState(host, surroundings)} />);
