/**
 * Stands in every frame of the window: tells on the console when a button of the mouse came up on a lens, and when the
 * frame in which a page first shows the word "Running" was painted. Times are of the machine's clock, so that frames of
 * different processes agree.
 */
export const clickTimes = `(() => {
  const tell = (what) => console.debug("bench:" + what + " " + (performance.timeOrigin + performance.now()).toFixed(1));
  addEventListener("mouseup", (event) => {
    if (event.target instanceof Element && event.target.closest(".codelens-decoration")) tell("clicked");
  }, true);
  if (window === top) return;
  // The page is written into a frame of the same origin, which forgets what was set up in it before.
  const labelIn = () => {
    for (const frame of document.querySelectorAll("iframe")) {
      const label = frame.contentDocument?.querySelector(".run-title .state-label");
      if (label?.textContent.trim().toLowerCase() === "running") return label.ownerDocument;
    }
    return null;
  };
  let told = null;
  const look = () => {
    const shown = labelIn();
    if (shown !== null && told !== shown) {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => tell("shown");
      painted.port2.postMessage(null);
    }
    told = shown;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;
