/** A real SMTP server (smtp-server) on loopback that keeps the mails it takes. */
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

interface Session {
  readonly envelope: { readonly rcptTo: readonly { readonly address: string }[] };
}
interface SmtpServer {
  listen(port: number, host: string, done: () => void): { address(): AddressInfo };
  close(done?: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}
/** The package has no types of its own. */
interface SmtpModule {
  readonly SMTPServer: new (options: {
    readonly authOptional: boolean;
    readonly disabledCommands: readonly string[];
    onData(stream: NodeJS.ReadableStream, session: Session, done: (error?: Error) => void): void;
  }) => SmtpServer;
}

export interface Mail {
  readonly to: readonly string[];
  readonly content: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly Mail[];
  /** Refuses so many mails as a server does that is too busy. */
  refuse(count: number): void;
}

export async function mailServer(test: Pick<TestContext, "after">): Promise<MailServer> {
  const { SMTPServer }: SmtpModule = createRequire(import.meta.url)("smtp-server");
  const mails: Mail[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onData(stream, { envelope }, done) {
      let content = "";
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        content += String(text);
      });
      stream.on("end", () => {
        if (refusals-- > 0) return done(Object.assign(new Error("too busy, come again"), { responseCode: 451 }));
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), content });
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
