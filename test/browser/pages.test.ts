/** Every page of the desk in a real browser: light and dark, desktop and phone; by axe, without a fault, kept as a picture. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, drawn, hasBrowser, openDesk, overflow, picture, type Desk } from '../support/desk-world.ts';

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
  { path: '/settings', heading: /^Check settings$/ },
];

const looks = [
  { scheme: 'light', width: 1280, name: 'light' },
  { scheme: 'dark', width: 1280, name: 'dark' },
  { scheme: 'light', width: 390, name: 'phone' },
] as const;

describe.skipIf(!hasBrowser)('the desk’s pages (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 30, obstacles: true });
  });
  afterAll(() => desk?.close());

  for (const { path, heading, as = 'demo' } of pages)
    for (const { scheme, width, name } of looks)
      it(`${path} (${name})`, async () => {
        const { page, faults } = await desk.visit(path, { scheme, width, as });
        await drawn(page);
        await expect.poll(() => page.locator('h1').first().textContent()).toMatch(heading);
        await picture(page, `${path.replaceAll(/[/?=]/g, '-').replace(/^-/, '') || 'desk'}-${name}`);
        expect(await axeFindings(page)).toEqual([]);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        expect(faults()).toEqual([]);
        await page.context().close();
      });
});
