/** What stands on the page before the first script has come, in a real browser: the frame, in place, and only for whoever is inside. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openDesk, picture, type Desk } from '../support/desk-world.ts';

describe.skipIf(!hasBrowser)('the first frame (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 3 });
  });
  afterAll(() => desk?.close());

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const)
    it(`says where one is and leads elsewhere without a script (${colorScheme}, ${String(width)} px)`, async () => {
      const context = await desk.browser.newContext({
        javaScriptEnabled: false,
        colorScheme,
        viewport: { width, height: 800 },
      });
      const page = await context.newPage();
      await page.goto(`${desk.demo}/invoices`);
      expect(await page.locator('h1').textContent()).toBe('Invoices');
      expect(await page.locator('nav a[aria-current=page]').textContent()).toContain('Invoices');
      await picture(page, `first-frame-${colorScheme}`, false);
      await page.goto(`${desk.demo}/runs`);
      expect(await page.locator('h1').textContent()).toBe('Runs');
      await page.goto(`${desk.base}/invoices`);
      expect(await page.locator('nav').count()).toBe(0);
      await context.close();
    });

  it('stands where the desk will stand: nothing moves when the script has come, it is gone, and who stood on a link stands there still', async () => {
    const page = await desk.browser.newPage({ viewport: { width: 1280, height: 800 } });
    const held: (() => void)[] = [];
    await page.route(/\.js$/, async (route) => {
      await new Promise<void>((go) => held.push(go));
      await route.continue();
    });
    const places = async (): Promise<unknown[]> =>
      Promise.all(
        ['.lf-brand >> nth=-1', 'nav a[href="/links"]', '.lf-note', 'h1'].map((what) =>
          page.locator(what).boundingBox(),
        ),
      );
    await page.goto(`${desk.demo}/invoices`, { waitUntil: 'commit' });
    await page.locator('#first h1').waitFor();
    const before = await places();
    await page.locator('#first nav a[href="/links"]').focus();
    const opening = setInterval(() => held.splice(0).forEach((go) => go()), 20);
    await page.locator('.bk-table tbody tr').first().waitFor();
    clearInterval(opening);
    expect(await page.locator('#first').count()).toBe(0);
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('/links');
    const after = await places();
    for (const [at, box] of before.entries())
      expect(after[at]).toMatchObject({ x: (box as { x: number }).x, y: expect.closeTo((box as { y: number }).y, 0) });
    await page.close();
  });
});
