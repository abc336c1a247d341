/** When things do not go as they should, in a real browser: each with a calm, true message, and nothing that was typed is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLease } from '../../src/engine/lease.ts';
import { axeFindings, drawn, hasBrowser, openDesk, picture, type Desk } from '../support/desk-world.ts';

const SLOW_MS = 3_000;

describe.skipIf(!hasBrowser)('calm (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 12, obstacles: true });
  });
  afterAll(() => desk?.close());

  it('a slow server: the page says what it reads, takes what is typed, and shows its answer', async () => {
    const { page, faults } = await desk.visit('/runs');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await page.route('**/api/v1/invoices/table**', async (route) => {
      await new Promise((done) => setTimeout(done, SLOW_MS));
      await route.continue();
    });
    await page.locator('nav').getByRole('link', { name: 'Invoices' }).click();
    await page.getByRole('status').filter({ hasText: /\w/ }).first().waitFor({ timeout: SLOW_MS });
    expect(await page.locator('.bk-table tbody tr').count()).toBe(0);
    const id = String(desk.world.msp.postable[0]);
    await page.locator('.bk-search input').fill(id);
    await expect.poll(() => page.locator('.bk-table tbody tr').count(), { timeout: 5 * SLOW_MS }).toBe(1);
    expect(await page.locator('.bk-search input').inputValue()).toBe(id);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('a batch in process: a decision waits, then says that nothing was changed, and can be made again', async () => {
    const { page, faults } = await desk.visit('/errors');
    const cause = page.locator('.lf-cause', { hasText: 'would all become' });
    const hold = cause.getByRole('button', { name: 'Hold these invoices' });
    await hold.click();
    await cause.getByLabel(/why/i).fill('the client was asked');
    const lease = await takeLease(desk.world.opened.services, desk.world.tenant, 'automatic');
    expect(lease).not.toBeNull();
    await page.keyboard.press('Enter');
    await page.getByText('Not now').waitFor({ timeout: 60_000 });
    await page.getByText('An invoice batch is currently in process. Nothing was changed').first().waitFor();
    expect(await cause.getByLabel(/why/i).inputValue()).toBe('the client was asked');
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'calm-not-now', false);
    await lease?.release();
    await cause.getByRole('button', { name: 'Do it' }).click();
    await page.getByText('2 invoices put on hold.').waitFor({ timeout: 30_000 });
    await page.locator('.lf-cause', { hasText: 'the client was asked' }).getByText('2 invoices').waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('the back button: each step of the way stands again as it was left', async () => {
    const { page, faults } = await desk.visit('/invoices');
    const id = String(desk.world.msp.postable[1]);
    await page.locator('.bk-search input').fill(id);
    await page.waitForURL((url) => url.searchParams.get('search') === id);
    await expect.poll(() => page.locator('.bk-table tbody tr').count()).toBe(1);
    await page.locator('.bk-table tbody tr').first().locator('.bk-company').click();
    await page.waitForURL((url) => url.searchParams.get('id') === id);
    await page.getByRole('dialog').or(page.locator('.bk-drawer')).first().waitFor();
    const opened = page.url();
    await page.goto(`${desk.demo}/settings`);
    await drawn(page);
    await page.goBack();
    await page.waitForURL(opened);
    await page.getByRole('dialog').or(page.locator('.bk-drawer')).first().waitFor();
    expect(await page.locator('.bk-search input').inputValue()).toBe(id);
    await page.goBack();
    await expect.poll(() => page.getByRole('dialog').or(page.locator('.bk-drawer')).count()).toBe(0);
    expect(await page.locator('.bk-search input').inputValue()).toBe(id);
    expect(faults()).toEqual([]);
    await page.context().close();
  });
});
