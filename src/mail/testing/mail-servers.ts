/** Servers for the tests of sending, speaking real SMTP on the loopback: one that takes mails, one that follows a script. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Received {
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | null;
}

export interface MailServer {
  readonly port: number;
  readonly received: Received[];
  close(): Promise<void>;
}

/** A complete server that keeps what it accepts. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        void simpleParser(raw).then((parsed) => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            raw: raw.toString('utf8'),
            parsed,
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map((one) => one.address),
            secure: session.secure,
            user: typeof session.user === 'string' ? session.user : null,
          });
          done();
        }, done);
      });
    },
    ...options,
  });
  // A client that goes away is the very thing that some tests do.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, received, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

export type Act = 'silence' | 'vanish' | string;

/** What to answer to each step; a step that is not named is answered with the usual yes. `end` is the dot after the data. */
export type Script = Partial<
  Record<'greeting' | 'EHLO' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'first-bytes' | 'end', Act>
>;

const usual: Readonly<Record<string, string>> = {
  greeting: '220 test',
  EHLO: '250-test\r\n250 AUTH PLAIN LOGIN',
  AUTH: '235 yes',
  MAIL: '250 yes',
  RCPT: '250 yes',
  DATA: '354 go',
  end: '250 taken',
};

/** A server that answers by a script: says no at any step, falls silent, or cuts the connection. Keeps what it heard. */
export async function startScriptedServer(
  script: Script,
): Promise<{ port: number; heard: string[]; close(): Promise<void> }> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const answer = (step: keyof Script): string | null => {
      const act = script[step] ?? usual[step];
      if (act === 'vanish') socket.destroy();
      if (act === undefined || act === 'silence' || act === 'vanish') return null;
      socket.write(`${act}\r\n`);
      return act;
    };
    let inData = false;
    let pending = '';
    const line = (text: string): void => {
      heard.push(text);
      const step = Object.keys(usual).find((one) => text.toUpperCase().startsWith(one)) as keyof Script | undefined;
      if (step !== undefined && answer(step)?.startsWith('354') === true) inData = true;
    };
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      if (inData) {
        if (script['first-bytes'] !== undefined) answer('first-bytes');
        const at = pending.indexOf('\r\n.\r\n');
        if (at < 0) return;
        heard.push(pending.slice(0, at));
        pending = '';
        inData = false;
        answer('end');
        return;
      }
      const lines = pending.split('\r\n');
      pending = lines.pop() ?? '';
      lines.forEach(line);
    });
    answer('greeting');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
