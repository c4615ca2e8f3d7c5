import "../kit/theme.css";
import { render } from "preact";
import { connectHost } from "../kit/host.ts";

const host = connectHost();
const root = document.querySelector("main");
if (root !== null) render(<p>{host.identity.page}</p>, root);
