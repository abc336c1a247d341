/** A proxy between us and a vendor may pack replies that nobody asked to pack: they are read, and none of them fills the memory. */
import { createServer, type Server } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import { NetworkHttp, TransportError } from '../../src/platform/http.ts';

const said = JSON.stringify({ name: 'Müller & Söhne', amount: 12.34 });
const forms: Readonly<Record<string, { encoding: string; bytes: Uint8Array }>> = {
  '/plain': { encoding: 'identity', bytes: Buffer.from(said) },
  '/gzip': { encoding: 'gzip', bytes: gzipSync(said) },
  '/x-gzip': { encoding: 'X-GZIP', bytes: gzipSync(said) },
  '/deflate': { encoding: 'deflate', bytes: deflateSync(said) },
  '/br': { encoding: 'br', bytes: brotliCompressSync(said) },
  '/cut': { encoding: 'gzip', bytes: gzipSync(said).subarray(0, 20) },
  '/not-packed': { encoding: 'gzip', bytes: Buffer.from(said) },
  '/bomb': { encoding: 'gzip', bytes: gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')) },
  '/unknown': { encoding: 'compress', bytes: Buffer.from(said) },
};

let server: Server;
let url = '';
const http = new NetworkHttp(new RunningClock(1));
beforeAll(async () => {
  server = createServer((request, reply) => {
    const form = forms[request.url ?? ''];
    reply.writeHead(200, { 'content-type': 'application/json', 'content-encoding': form?.encoding ?? '' });
    reply.end(form?.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  url = `http://127.0.0.1:${String(typeof at === 'object' ? at?.port : 0)}`;
});
afterAll(async () => {
  await http.close();
  server.close();
});

const ask = (path: string): Promise<{ text: string }> =>
  http.send({ method: 'GET', url: `${url}${path}`, headers: {}, timeoutMs: 20_000 });

it.each(['/plain', '/gzip', '/x-gzip', '/deflate', '/br'])('is read: %s', async (path) => {
  expect((await ask(path)).text).toBe(said);
});

it.each([
  ['/cut', 'no-text', /packed \(gzip\) and broken/],
  ['/not-packed', 'no-text', /packed \(gzip\) and broken/],
  ['/bomb', 'too-long', /longer than 10485760 bytes/],
  ['/unknown', 'no-text', /nobody asked for/],
])('is refused, the outcome unknown: %s', async (path, reason, words) => {
  const refusal = await ask(path).then(
    () => null,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(TransportError);
  expect(refusal).toMatchObject({ reason, sent: 'unknown', message: expect.stringMatching(words) });
});
