/** A mail server that takes what it is sent: SMTP as far as a client needs it (RFC 5321, AUTH PLAIN of RFC 4954). */
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

export interface MailServer {
  readonly port: number;
  /** Each mail as it came: headers and text. */
  readonly mails: readonly { readonly from: string; readonly to: readonly string[]; readonly content: string }[];
}

export async function mailServer(
  test: Pick<TestContext, "after">,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<MailServer> {
  const mails: { from: string; to: string[]; content: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    const say = (line: string) => socket.write(`${line}\r\n`);
    let pending = "";
    let mail = { from: "", to: [] as string[], content: "" };
    let inContent = false;
    let signedIn = false;
    const hear = (line: string): void => {
      if (inContent) {
        if (line !== ".") mail.content += `${line}\n`;
        else {
          inContent = false;
          mails.push(mail);
          mail = { from: "", to: [], content: "" };
          say("250 taken");
        }
        return;
      }
      const [command = "", rest = ""] = line.split(/ (.*)/s);
      switch (command.toUpperCase()) {
        case "EHLO":
          return void socket.write("250-here\r\n250 AUTH PLAIN\r\n");
        case "AUTH":
          signedIn = rest === `PLAIN ${Buffer.from(`\0${username}\0${password}`).toString("base64")}`;
          return void say(signedIn ? "235 welcome" : "535 5.7.8 username and password not accepted");
        case "MAIL":
          mail.from = rest;
          return void say(signedIn ? "250 ok" : "530 5.7.0 sign in first");
        case "RCPT":
          mail.to.push(rest);
          return void say("250 ok");
        case "DATA":
          inContent = true;
          return void say("354 go on");
        case "QUIT":
          say("221 bye");
          return void socket.end();
        default:
          return void say("250 ok");
      }
    };
    socket.setEncoding("utf8").on("data", (text: string) => {
      pending += text;
      for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        hear(line);
      }
    });
    say("220 here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, mails };
}
