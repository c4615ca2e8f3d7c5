import type { Transporter } from "nodemailer";
import { MillraceError, toError } from "../protocol/errors.ts";
import { redact } from "../system/redaction.ts";
import { caCertificate } from "./ca-certificate.ts";
import { defineBlock } from "./define.ts";
import { labelOf } from "./http-call.ts";
import { reachServer, tlsOptions } from "./network.ts";
import { secret } from "./secret-text.ts";
import type { TestSteps } from "./test-steps.ts";
import { tlsProblem } from "./tls-problem.ts";

export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** In the place of the block's own `to`. */
  readonly to?: readonly string[];
}

/** Milliseconds. */
const timeouts = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
  dnsTimeout: 8000,
} as const;

/**
 * Mail over a server (SMTP).
 *
 * ```ts
 * await (await Email.load("reports")).send({ subject: "Loaded", text: "1,369,765 rows" });
 * ```
 */
export class Email extends defineBlock({
  slug: "email",
  title: "Email",
  description: "Sends mail over a server (SMTP).",
  category: "Notifications",
  logo: "email",
  schema: (z) =>
    z.object({
      host: z.string().min(1).describe("The mail server, as smtp.example.com."),
      port: z.int().min(1).max(65_535).default(587),
      tls: z
        .enum(["starttls", "tls", "none"])
        .default("starttls")
        .describe(
          '"starttls" (port 587) begins in the open and must change over; "tls" (port 465) is encrypted from the start.',
        ),
      username: z.string().optional().describe("Leave it out for a server that asks for none."),
      password: secret(z).optional(),
      from: z.string().min(1).describe('The sender, as "Reports <reports@example.com>".'),
      to: z.array(z.string().min(1)).min(1).describe("Who gets the mail."),
      caCertificate: caCertificate(z),
    }),
}) {
  /** Resolves when the server has taken the mail. @throws MillraceError "task-failed" saying what the server said. */
  async send({ subject, text, html, to }: Mail): Promise<void> {
    const transport = await this.#open(true);
    try {
      await transport.sendMail({
        from: this.settings.from,
        to: [...(to ?? this.settings.to)],
        subject,
        text,
        ...(html === undefined ? {} : { html }),
      });
    } catch (thrown) {
      throw this.#failed(thrown);
    } finally {
      transport.close();
    }
  }

  override async test(steps: TestSteps): Promise<void> {
    const { host, port, tls, username, password, caCertificate } = this.settings;
    await reachServer(steps, { host, port, tls: tls === "tls", caCertificate });
    await steps.step(tls === "starttls" ? "greeting and STARTTLS" : "greeting", () => this.#verify(false));
    if (username === undefined && password === undefined) steps.skip("sign in", "no username is given");
    else {
      await steps.step("sign in", async () => {
        await this.#verify(true);
        return `as ${username ?? ""}`;
      });
    }
    steps.skip("mail", "nothing was sent");
  }

  async #verify(signIn: boolean): Promise<void> {
    const transport = await this.#open(signIn);
    try {
      await transport.verify();
    } catch (thrown) {
      throw this.#failed(thrown);
    } finally {
      transport.close();
    }
  }

  async #open(signIn: boolean): Promise<Transporter> {
    const { createTransport } = await import("nodemailer");
    const { host, port, tls, username, password, caCertificate } = this.settings;
    const signs = signIn && (username !== undefined || password !== undefined);
    return createTransport({
      host,
      port,
      secure: tls === "tls",
      requireTLS: tls === "starttls",
      ignoreTLS: tls === "none",
      tls: tlsOptions({ host, caCertificate }),
      ...timeouts,
      ...(signs ? { auth: { user: username ?? "", pass: password?.get() ?? "" } } : {}),
    });
  }

  #failed(thrown: unknown): MillraceError {
    const error = toError(thrown);
    const code = "code" in error ? String(error.code) : "";
    const { host, port, caCertificate } = this.settings;
    const ofTls = tlsProblem(error, { host, hasAuthority: caCertificate !== undefined });
    const hint = hints[code];
    const why = ofTls === undefined ? `${error.message}${hint === undefined ? "" : `. ${hint}`}` : `TLS: ${ofTls}`;
    const message = `${labelOf(this, "Email")}: ${host}:${port}: ${why}`;
    return new MillraceError("task-failed", redact(message), { cause: thrown });
  }
}

/** By nodemailer's codes. */
const hints: Readonly<Record<string, string>> = {
  EAUTH: "See to username and password; many providers want an app password here",
  ETLS: 'The server does not change over to TLS: try "tls" with port 465, or "none" inside of your own network',
  ETIMEDOUT: "See to host and port; networks of companies often close port 25",
  ECONNECTION: "See to host and port",
  EENVELOPE: "The server refused the sender or a receiver",
};
