/** Every page of the desk in a real browser: light and dark, desktop and phone; by axe, without a fault, kept as a picture. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  axeFindings,
  drawn,
  hasBrowser,
  openDesk,
  overflow,
  picture,
  type Desk,
  type Visit,
} from '../support/desk-world.ts';

/** Add a page here: its address, and the heading that it must show. */
const pages: readonly { path: string; heading: RegExp; as?: 'nobody' | 'owner' }[] = [
  { path: '/', heading: /things wait for you/ },
  { path: '/connections', heading: /Connections/ },
  { path: '/people', heading: /People/ },
  { path: '/people?', heading: /People/, as: 'owner' },
  { path: '/audit', heading: /Audit log/ },
  { path: '/first-run?connection=Test', heading: /Set up a connection/ },
  { path: '/first-run?connection=new', heading: /Set up a connection/ },
  { path: '/sign-in', heading: /Sign in/, as: 'nobody' },
  { path: '/setup?token=x', heading: /first owner/, as: 'nobody' },
  { path: '/join?invitation=x', heading: /Welcome/, as: 'nobody' },
  { path: '/reset?token=x', heading: /new password/, as: 'nobody' },
  { path: '/help/index', heading: /^Help$/ },
  { path: '/help/settings', heading: /^Settings$/ },
  { path: '/mails', heading: /^Mails$/ },
  { path: '/invoices', heading: /Invoices/ },
  { path: '/invoices?view=ready', heading: /Invoices/ },
  { path: '/runs', heading: /Runs/ },
  { path: '/month-end', heading: /Month end/ },
  { path: '/errors', heading: /^In the way$/ },
  { path: '/errors?tab=log', heading: /^In the way$/ },
  { path: '/errors?tab=support', heading: /^In the way$/ },
  { path: '/items', heading: /^Items$/ },
  { path: '/links', heading: /^Links$/ },
  { path: '/links?kind=location', heading: /^Links$/ },
  { path: '/settings', heading: /^Settings$/ },
];

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 900 };
/** What can be wrong in the dark and right in the light is colour, and nothing else. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
/** How much wider a table is than the sheet that it lies on. */
const SHEET_OVERFLOW = `(() => {
  const sheet = document.querySelector('.lf-cards').closest('.lf-card');
  return sheet.scrollWidth - sheet.clientWidth;
})()`;
const FIRST_LABEL = `getComputedStyle(document.querySelector('.lf-cards tbody td[data-label]'), '::before').content`;

describe.skipIf(!hasBrowser)('the desk’s pages (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  const visits = new Map<string, Visit>();
  beforeAll(async () => {
    desk = await openDesk({ invoices: 30, obstacles: true });
  });
  afterAll(() => desk?.close());

  /** One window for each person, so that what all pages share is fetched once; each page is opened by its address. */
  async function opened(path: string, as: 'demo' | 'nobody' | 'owner'): Promise<Visit> {
    const known = visits.get(as);
    if (known === undefined) visits.set(as, await desk.visit(path, { as, ...WIDE }));
    else await known.page.goto(`${as === 'demo' ? desk.demo : desk.base}${path}`);
    return visits.get(as) ?? Promise.reject(new Error('no window'));
  }

  for (const { path, heading, as = 'demo' } of pages)
    it(path, async () => {
      const { page, faults } = await opened(path, as);
      const name = path.replaceAll(/[/?=]/g, '-').replace(/^-/, '') || 'desk';
      const look = async (scheme: 'light' | 'dark', size: typeof WIDE, suffix: string): Promise<void> => {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: scheme });
        await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor();
        await picture(page, `${name}-${suffix}`);
        expect(await axeFindings(page, scheme === 'dark' ? COLOURS : null), suffix).toEqual([]);
        expect(await overflow(page), suffix).toBeLessThanOrEqual(0);
      };
      await drawn(page);
      await expect.poll(() => page.locator('h1').first().textContent()).toMatch(heading);
      await look('dark', WIDE, 'dark');
      await look('light', PHONE, 'phone');
      await look('light', WIDE, 'light');
      expect(faults().splice(0)).toEqual([]);
    });

  for (const path of ['/mails', '/runs', '/connections', '/audit'])
    it(`${path} is cards on a phone: nothing scrolls sideways, each value has its name`, async () => {
      const { page, faults } = await opened(path, 'demo');
      await page.setViewportSize(PHONE);
      await drawn(page);
      const value = page.locator('.lf-cards tbody td[data-label]').first();
      await value.waitFor();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await page.evaluate(SHEET_OVERFLOW)).toBeLessThanOrEqual(0);
      expect(await page.evaluate(FIRST_LABEL)).toBe(`"${(await value.getAttribute('data-label')) ?? ''}"`);
      await page.setViewportSize(WIDE);
      expect(await page.evaluate(FIRST_LABEL)).toBe('none');
      expect(faults().splice(0)).toEqual([]);
    });
});
