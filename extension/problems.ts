/** Thrown when the user closed a question: nothing is wrong and nothing is shown. */
export class CancelledByUser extends Error {
  override readonly name = "CancelledByUser";

  constructor() {
    super("Cancelled.");
  }
}

/** Thrown where workspace code would run in a folder that is not trusted. Shown with a way to trust it. */
export class NotTrusted extends Error {
  override readonly name = "NotTrusted";

  constructor(what: string) {
    super(`${what} needs a trusted folder: it would run code of this workspace, and VS Code is in Restricted Mode.`);
  }
}
