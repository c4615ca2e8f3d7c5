// `acquireVsCodeApi` over a WebSocket. Stands before the page's policy, which allows no connection: one that is open
// already stays.
(() => {
  const socket = new WebSocket(`ws://${location.host}${location.pathname}${location.search}`);
  const waiting = [];
  const key = `state ${location.pathname}${location.search.replace(/([?&])theme=[^&]*/, "$1")}`;
  socket.addEventListener("open", () => {
    for (const text of waiting.splice(0)) socket.send(text);
  });
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "harness-title") document.title = message.title;
    else if (message.type === "harness-go") {
      const theme = new URLSearchParams(location.search).get("theme");
      location.assign(
        theme === null ? message.to : `${message.to}${message.to.includes("?") ? "&" : "?"}theme=${theme}`,
      );
    } else window.postMessage(message, "*");
  });
  window.acquireVsCodeApi = () => ({
    postMessage(message) {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
      else waiting.push(text);
    },
    getState: () => JSON.parse(sessionStorage.getItem(key) ?? "null") ?? undefined,
    setState: (state) => sessionStorage.setItem(key, JSON.stringify(state)),
  });
})();
