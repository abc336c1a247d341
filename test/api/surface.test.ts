/** What every answer of the server has, and what none takes (facts/goals.md section 6). */
import { createHmac, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSigned } from '../../src/api/routes/webhooks.ts';
import { makeGuarded, TOKEN, type Guarded } from '../support/guarded.ts';

let guarded: Guarded;
beforeAll(async () => {
  guarded = await makeGuarded({ invoices: 1, publicUrl: 'https://books.msp.example' });
}, 120_000);
afterAll(() => guarded.close());

describe('every answer', () => {
  it('is kept by nobody, sniffed by nobody and framed by nobody', async () => {
    for (const path of ['/', '/healthz', '/api/v1/session', '/api/v1/runs', '/oauth/done', '/nothing']) {
      const { headers } = await guarded.ask(path);
      expect([
        path,
        headers.get('cache-control'),
        headers.get('x-content-type-options'),
        /frame-ancestors 'none'/.test(headers.get('content-security-policy') ?? ''),
        /script-src 'self'(;|$)/.test(headers.get('content-security-policy') ?? ''),
      ]).toEqual([path, 'no-store', 'nosniff', true, true]);
    }
  });

  it('sets cookies that no script reads, no other site sends and no open line carries', async () => {
    const { token } = await guarded.signIn.ownerLink(guarded.world.tenant.organizationId);
    const body = { token, name: 'Olive', email: 'olive@msp.example', password: 'correct horse battery' };
    const made = await guarded.ask('/api/v1/setup', { method: 'POST', body, origin: 'https://books.msp.example' });
    const cookies = made.headers.getSetCookie();
    expect(made.status).toBe(200);
    for (const cookie of cookies) expect(cookie).toMatch(/^__Secure-.*HttpOnly/);
    for (const cookie of cookies) expect(cookie).toMatch(/SameSite=(Lax|Strict)/);
    for (const cookie of cookies) expect(cookie).toMatch(/; Secure/);
  });
});

describe('the server', () => {
  it('knows no other methods than those of its routes', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'MOVE', 'OPTIONS', 'PUT']) {
      const status = await new Promise<number>((done, fail) => {
        const sent = request(`${guarded.base}/api/v1/runs`, { method, headers: { authorization: `Bearer ${TOKEN}` } });
        sent.on('response', (answer) => done(answer.resume().statusCode ?? 0));
        sent.on('error', fail);
        sent.end();
      });
      expect([method, status >= 400 && status < 500]).toEqual([method, true]);
    }
  });

  it('takes no body over a megabyte', async () => {
    const body = { changes: { 'reports.to': 'x'.repeat(1_100_000) } };
    const answer = await guarded.ask('/api/v1/settings', { method: 'PATCH', body, token: TOKEN });
    expect(answer.status).toBe(413);
  });
});

describe('10,000 changed webhooks', () => {
  it('are all refused', () => {
    const key = 'verifier';
    const raw = JSON.stringify({ eventNotifications: [{ realmId: '1', dataChangeEvent: { entities: [] } }] });
    const good = createHmac('sha256', key).update(raw).digest('base64');
    expect(isSigned(raw, good, key)).toBe(true);
    let accepted = 0;
    for (let at = 0; at < 10_000; at += 1) {
      const [place = 0, by = 0, kind = 0] = randomBytes(3);
      const flip = (text: string): string => {
        const bytes = Buffer.from(text);
        const index = place % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ ((by % 127) + 1);
        return bytes.toString('latin1');
      };
      const mutated = Buffer.from(good, 'base64');
      mutated[place % mutated.length] = (mutated[place % mutated.length] ?? 0) ^ ((by % 255) + 1);
      if (kind % 3 === 0) accepted += isSigned(flip(raw), good, key) ? 1 : 0;
      else if (kind % 3 === 1) accepted += isSigned(raw, mutated.toString('base64'), key) ? 1 : 0;
      else accepted += isSigned(raw, good.slice(0, place % (good.length - 4)), key) ? 1 : 0;
    }
    expect(accepted).toBe(0);
  });
});
