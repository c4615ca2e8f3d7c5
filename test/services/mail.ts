/** A real SMTP server (smtp-server) on loopback that keeps the mails it takes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Certificates } from "./certificates.ts";

interface Address {
  readonly address: string;
}
interface Session {
  readonly envelope: { readonly mailFrom: Address | false; readonly rcptTo: readonly Address[] };
  readonly secure: boolean;
}
interface SmtpServer {
  listen(port: number, host: string, done: () => void): { address(): AddressInfo };
  close(done?: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}
interface SignIn {
  readonly username?: string;
  readonly password?: string;
}
/** The package has no types of its own. */
interface SmtpModule {
  readonly SMTPServer: new (options: {
    readonly secure: boolean;
    readonly key?: Buffer;
    readonly cert?: Buffer;
    readonly authOptional: boolean;
    readonly allowInsecureAuth: boolean;
    readonly disabledCommands: readonly string[];
    onAuth(signIn: SignIn, session: Session, done: (error: Error | null, user?: { user: string }) => void): void;
    onData(stream: NodeJS.ReadableStream, session: Session, done: (error?: Error) => void): void;
  }) => SmtpServer;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly content: string;
  /** It came over TLS. */
  readonly secure: boolean;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** Refuses so many mails as a server does that is too busy. */
  refuse(count: number): void;
}

export interface MailServerOptions {
  /** Who must sign in; nobody when left out. */
  readonly account?: { readonly username: string; readonly password: string };
  /** From the start ("tls"), or after a change-over ("starttls"). */
  readonly tls?: { readonly kind: "tls" | "starttls"; readonly certificates: Certificates };
}

/** Why there is no mail server for tests here, for `skip`; false when there is one. */
export function noMailServer(): string | false {
  try {
    createRequire(path.join(import.meta.dirname, "mail.ts")).resolve("smtp-server");
    return false;
  } catch {
    return "no mail server: run npm ci in test/services";
  }
}

export async function mailServer(
  test: Pick<TestContext, "after">,
  { account, tls }: MailServerOptions = {},
): Promise<MailServer> {
  const { SMTPServer }: SmtpModule = createRequire(import.meta.url)("smtp-server");
  const mails: Mail[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    secure: tls?.kind === "tls",
    ...(tls === undefined
      ? {}
      : { key: readFileSync(tls.certificates.keyFile), cert: readFileSync(tls.certificates.certificateFile) }),
    authOptional: account === undefined,
    allowInsecureAuth: tls === undefined,
    disabledCommands: [...(tls?.kind === "starttls" ? [] : ["STARTTLS"]), ...(account === undefined ? ["AUTH"] : [])],
    onAuth({ username, password }, _, done) {
      if (username === account?.username && password === account?.password) done(null, { user: username ?? "" });
      else done(Object.assign(new Error("username and password not accepted"), { responseCode: 535 }));
    },
    onData(stream, { envelope, secure }, done) {
      let content = "";
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        content += String(text);
      });
      stream.on("end", () => {
        if (refusals-- > 0) return done(Object.assign(new Error("too busy, come again"), { responseCode: 451 }));
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), content, secure });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  const listening = await new Promise<{ address(): AddressInfo }>((resolve) => {
    const made = server.listen(0, "127.0.0.1", () => resolve(made));
  });
  test.after(() => server.close());
  return {
    port: listening.address().port,
    mails,
    refuse(count) {
      refusals = count;
    },
  };
}
