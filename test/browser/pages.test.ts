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

  it('each place has one name: in the navigation, as its heading, in the title and in the palette', async () => {
    const { page, faults } = await opened('/', 'demo');
    await drawn(page);
    const nav = page.getByRole('navigation', { name: 'Pages' });
    const names = (await nav.locator('a').allTextContents()).map((one) => one.replaceAll(/\d/g, '').trim());
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      await nav.getByRole('link', { name }).click();
      await expect.poll(() => page.title()).toMatch(new RegExp(`^${name}(: \\d+ things wait for you)? · Ledgerferry$`));
      await drawn(page);
      if (name !== 'Desk') expect(await page.locator('h1').textContent()).toBe(name);
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    const offered = await page.getByRole('option').locator('span').allTextContents();
    expect(names.filter((name) => !offered.includes(name))).toEqual([]);
    await page.keyboard.press('Escape');
    await page.goto(`${desk.demo}/errors?tab=support`);
    await page.getByRole('heading', { level: 2, name: 'Troubleshoot' }).waitFor();
    expect(await page.getByText('Get help').count()).toBe(0);
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
