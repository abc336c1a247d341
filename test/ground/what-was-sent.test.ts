/** After a failure: can anything have left this machine? "No" lets the request be sent again, so it is never said too often. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import { NetworkHttp, TransportError } from '../../src/platform/http.ts';

const http = new NetworkHttp(new RunningClock());
let server: Server | null = null;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server === null ? done(null) : server.close(done)));
  server = null;
});

const portOf = (one: { address(): unknown }): number => (one.address() as AddressInfo).port;
async function serve(answer: RequestListener): Promise<string> {
  const opened = createServer(answer);
  server = opened;
  await new Promise<void>((done) => opened.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${String(portOf(opened))}/invoice`;
}
async function freePort(): Promise<number> {
  const held = createTcp();
  await new Promise<void>((done) => held.listen(0, '127.0.0.1', done));
  const port = portOf(held);
  await new Promise((done) => held.close(done));
  return port;
}

async function failureOf(url: string): Promise<TransportError> {
  const failure: unknown = await http
    .send({ method: 'POST', url, headers: {}, body: 'an invoice', timeoutMs: 10_000 })
    .catch((error: unknown) => error);
  if (!(failure instanceof TransportError)) throw new Error('it did not fail');
  return failure;
}

describe('what was sent', () => {
  it('is nothing where nobody listens, and where the name is unknown', async () => {
    const port = await freePort();
    for (const url of [
      `http://127.0.0.1:${String(port)}/`,
      `http://localhost:${String(port)}/`,
      'http://nobody.invalid/',
    ])
      expect([url, (await failureOf(url)).sent]).toEqual([url, 'no']);
  });

  it('is unknown where the connection is reset after the request', async () => {
    const url = await serve((request) => request.on('end', () => request.socket.resetAndDestroy()).resume());
    expect((await failureOf(url)).sent).toBe('unknown');
  });

  // The kernel tells a connection that stood and died by the codes of one that never was.
  it.each(['EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED', 'ETIMEDOUT'])(
    'is unknown where a connection that stood dies with %s, the whole request having arrived',
    async (code) => {
      let ours: Socket | null = null;
      const onSent = (message: unknown): void => void (ours = (message as { socket: Socket }).socket);
      subscribe('undici:client:sendHeaders', onSent);
      let arrived = '';
      const url = await serve((request) => {
        request.on('data', (part: Buffer) => (arrived += part.toString()));
        request.on('end', () => ours?.destroy(Object.assign(new Error(`read ${code}`), { code, syscall: 'read' })));
      });
      const failure = await failureOf(url);
      unsubscribe('undici:client:sendHeaders', onSent);
      expect([arrived, failure.sent, failure.message]).toEqual(['an invoice', 'unknown', code]);
    },
  );

  it('does not wait for a connection behind the last gate, however many calls are at one address', async () => {
    let atOnce = 0;
    let all: (value: unknown) => void = () => undefined;
    const everybody = new Promise((done) => (all = done));
    const url = await serve((request, reply) => {
      atOnce += 1;
      if (atOnce === 100) all(null);
      request.resume();
      void everybody.then(() => reply.end('{}'));
    });
    const calls = Array.from({ length: 100 }, () =>
      http.send({ method: 'POST', url, headers: {}, body: 'an invoice', timeoutMs: 20_000 }),
    );
    expect((await Promise.all(calls)).every((reply) => reply.status === 200)).toBe(true);
  });
});
