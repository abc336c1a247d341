/** The demo's page in a real browser: it says what happened, runs no script, and reads well in light and dark. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { startServer } from '../../src/api/server.ts';
import { terminalOrganization } from '../../src/engine/connecting.ts';
import { makeWorld, type World } from '../support/world.ts';

const executablePath = process.env['LEDGERFERRY_BROWSER'] ?? '';
const artifacts = join(import.meta.dirname, '../../artifacts');

describe.skipIf(executablePath === '')(
  'the status page in a browser (skipped: no Chromium, see LEDGERFERRY_BROWSER)',
  () => {
    let world: World;
    let browser: Browser;
    let server: { url: string; close(): Promise<void> };

    beforeAll(async () => {
      mkdirSync(artifacts, { recursive: true });
      world = await makeWorld({ invoices: 30, obstacles: true, env: { LEDGERFERRY_PORT: '0' } });
      const { report } = await world.sync();
      const hostile = {
        ...report,
        rows: report.rows.map((row, index) =>
          index === 0 ? { ...row, company: '<img src=x onerror=alert(1)>' } : row,
        ),
      };
      const organizationId = await terminalOrganization(world.opened.services);
      server = await startServer({
        services: world.opened.services,
        organizationId,
        worker: null,
        signIn: await createSignIn(world.opened.services),
        isDemo: false,
        status: () =>
          Promise.resolve({
            banner:
              'This is the demo: two sandboxes stand in for Autotask and QuickBooks, and all companies are made up.',
            progress: null,
            report: hostile,
          }),
      });
      browser = await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
      });
    });

    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await world?.close();
    });

    for (const colorScheme of ['light', 'dark'] as const) {
      it(`shows figures, causes with cures and both totals (${colorScheme})`, async () => {
        const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(error.message));
        page.on('dialog', (dialog) => faults.push(`dialog ${dialog.message()}`));
        await page.goto(`${server.url}/status`);
        expect(await page.locator('h1').textContent()).toMatch(/30 invoices are in QuickBooks, 8 wait for you/);
        expect(await page.locator('.cause').count()).toBeGreaterThanOrEqual(7);
        expect(await page.locator('tbody tr').count()).toBe(38);
        expect(await page.locator('tbody').textContent()).toContain('<img src=x onerror=alert(1)>');
        expect(faults).toEqual([]);
        await page.screenshot({ path: join(artifacts, `status-page-${colorScheme}.png`) });
        await page.close();
      });
    }

    it('answers health without a token and nothing else', async () => {
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      for (const path of ['/api/v1/runs', '/api/v1/transfers', '/api/v1/connections', '/openapi.json']) {
        expect((await fetch(`${server.url}${path}`)).status, path).toBe(401);
        const granted = await fetch(`${server.url}${path}`, {
          headers: { authorization: `Bearer ${world.env['LEDGERFERRY_API_TOKEN'] ?? ''}` },
        });
        expect(granted.status, path).toBe(200);
      }
    });
  },
);
