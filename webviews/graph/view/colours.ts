/** The theme's colours as a canvas needs them, read again when the theme changes. */
export interface Colours {
  readonly background: string;
  readonly box: string;
  readonly border: string;
  readonly group: string;
  readonly edge: string;
  readonly edgeStrength: number;
  readonly text: string;
  readonly selected: string;
  readonly font: string;
  /** Class of a state ("state-running") → its colour. */
  tone(name: string): string;
}

const tones: Readonly<Record<string, string>> = {
  "state-completed": "--mr-completed",
  "state-cached": "--mr-completed",
  "state-failed": "--mr-failed",
  "state-crashed": "--mr-crashed",
  "state-running": "--mr-running",
  "state-paused": "--mr-attention",
  "state-cancelling": "--mr-attention",
  "state-late": "--mr-attention",
  "state-retry": "--mr-attention",
};

export function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value !== "") return value;
    }
    return "gray";
  };
  const contrast = document.body.classList.contains("vscode-high-contrast");
  const known = new Map<string, string>();
  return {
    background: read("--vscode-editor-background"),
    box: read("--vscode-editorWidget-background", "--vscode-editor-background"),
    border: contrast ? read("--vscode-contrastBorder") : read("--vscode-editorWidget-border", "--mr-border"),
    group: read("--vscode-foreground"),
    edge: read("--vscode-foreground"),
    edgeStrength: contrast ? 1 : 0.4,
    text: read("--vscode-foreground"),
    selected: read("--vscode-focusBorder"),
    font: read("--vscode-font-family"),
    tone(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const colour = read(tones[name] ?? "--mr-quiet");
      known.set(name, colour);
      return colour;
    },
  };
}

/** Gives the function that ends it. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  // The editor writes the variables on the root element and the kind of theme on the body.
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ["class", "data-vscode-theme-kind", "data-vscode-theme-id"],
  });
  return () => observer.disconnect();
}
