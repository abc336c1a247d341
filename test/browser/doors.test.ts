/** The doors of the desk in a real browser: the password again where a step reaches far, the second step, signing in with Intuit. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, drawn, hasBrowser, openDesk, OWNER, picture, type Desk } from '../support/desk-world.ts';
import { codeOf } from '../support/guarded.ts';

describe.skipIf(!hasBrowser)('the doors (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 8, obstacles: true });
  });
  afterAll(() => desk?.close());

  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Your password again' });
  const saved = async (page: Page, work: () => Promise<void>): Promise<{ name: string; text: string }> => {
    const [file] = await Promise.all([page.waitForEvent('download'), work()]);
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
  };

  it('a file with customer data asks for the password again, then comes by itself', async () => {
    const { page, faults } = await desk.visit('/invoices', { as: 'owner' });
    await page.locator('.bk-table tbody tr').first().waitFor();
    const company = (await page.locator('.bk-company bdi').first().textContent()) ?? '';
    expect(company).not.toBe('');
    await desk.advance(6);
    const file = page.getByRole('button', { name: 'CSV', exact: true });
    await file.click();
    await dialog(page).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'journey-password-again', false);
    await page.keyboard.press('Escape');
    await page.getByText('Nothing was done: the password was not given.').waitFor();
    await file.click();
    await dialog(page).getByRole('textbox', { name: 'Password' }).fill('not my password');
    await page.keyboard.press('Enter');
    await dialog(page).getByText('This is not your password.').waitFor();
    const { name, text } = await saved(page, async () => {
      await dialog(page).getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
      await page.keyboard.press('Enter');
    });
    expect(name).toBe('ledgerferry-invoices.csv');
    expect(text).toContain(company);
    // For five minutes it is not asked again, on any page.
    await page.goto(`${desk.base}/links`);
    await drawn(page);
    const links = await saved(page, () => page.getByRole('button', { name: 'Download CSV' }).click());
    expect([links.name, links.text.split(/\r?\n/)[0]]).toEqual([
      'ledgerferry-links.csv',
      expect.stringContaining('kind'),
    ]);
    await page.goto(`${desk.base}/audit`);
    await page.getByRole('cell', { name: 'invoices exported' }).first().waitFor();
    await page.getByLabel('What was done').selectOption('links-exported');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    const log = await saved(page, () => page.getByRole('button', { name: 'Save as CSV' }).click());
    expect(log.name).toBe('ledgerferry-audit.csv');
    expect(log.text).toContain('links-exported');
    expect(log.text).not.toContain('invoices-exported');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('an overwrite and a reconnect ask for the password again; without it nothing happens', async () => {
    const [id = 0] = desk.world.msp.postable;
    const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`, { as: 'owner' });
    const prove = async (): Promise<void> => {
      await dialog(page).getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
      await page.keyboard.press('Enter');
      await dialog(page).waitFor({ state: 'detached' });
    };
    const overwrite = async (): Promise<void> => {
      await page.locator('.bk-drawer').getByRole('button', { name: 'Copy again' }).click();
      await page.keyboard.type(String(id));
      await page.keyboard.press('Enter');
      await dialog(page).waitFor();
    };
    await page.locator('.bk-drawer .bk-beside').waitFor();
    await desk.advance(6);
    await overwrite();
    await page.keyboard.press('Escape');
    await page.getByText('Nothing was done: the password was not given.').waitFor();
    expect(desk.world.posted().get(id)?.length).toBe(1);
    await page.goto(`${desk.base}/invoices?id=${String(id)}`);
    await overwrite();
    await prove();
    await expect.poll(() => desk.world.posted().get(id)?.length, { timeout: 30_000 }).toBe(2);
    await page.goto(`${desk.base}/connections`);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: /^Really/ }).click();
    const connect = page.getByRole('button', { name: 'Connect to QuickBooks' });
    await connect.waitFor();
    await desk.advance(6);
    await connect.click();
    await prove();
    await page.waitForURL(/\/first-run/);
    await page.goto(`${desk.base}/connections`);
    await page.getByRole('button', { name: 'Disconnect' }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('the second step: its key as a picture, then nobody comes in without the code', async () => {
    const { page, faults } = await desk.visit('/people', { as: 'owner' });
    const you = page.locator('section[aria-labelledby=profile]');
    const turn = async (name: string): Promise<void> => {
      const form = you.locator('form', { has: page.getByRole('button', { name }) });
      await form.getByRole('textbox', { name: 'Your password now' }).fill(OWNER.password);
      await form.getByRole('button', { name }).click();
    };
    await turn('Turn it on');
    await you.getByRole('img', { name: /QR code/ }).waitFor();
    const uri = (await you.getByRole('link', { name: /on the phone/ }).getAttribute('href')) ?? '';
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'second-step');
    await you.getByLabel('Code of your authenticator').fill(codeOf(uri));
    await page.keyboard.press('Enter');
    await you.getByText('The second step is on').waitFor();
    await page.context().clearCookies();
    await page.goto(`${desk.base}/sign-in?to=/people`);
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'One more step' }).waitFor();
    await page.goto(`${desk.base}/people`);
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByLabel('Code of your authenticator').fill(codeOf(uri));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    await turn('Turn it off');
    await you.getByText('The second step is off', { exact: true }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('sign in with Intuit: a stranger is told calmly, a member comes in', async () => {
    const { knobs } = desk.world.quickbooks.oauth;
    knobs.email = 'stranger@elsewhere.example';
    const { page, faults } = await desk.visit('/sign-in', { as: 'nobody' });
    await page.getByRole('link', { name: 'Sign in with Intuit' }).click();
    await page.getByText('Nobody here is known by that Intuit account').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'sign-in-intuit-unknown');
    knobs.email = OWNER.email;
    await page.getByRole('link', { name: 'Sign in with Intuit' }).click();
    await page.getByRole('heading', { level: 1, name: /wait for you/ }).waitFor();
    await page.context().clearCookies();
    await page.goto(`${desk.base}/sign-in?intuit=failed`);
    await page.getByText('Intuit did not confirm who you are').waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('a connection gets another name and keeps all; disconnected, it can be removed', async () => {
    const { page, faults } = await desk.visit('/sign-in?to=/connections', { as: 'nobody' });
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    const asked = (name: string) => page.getByRole('dialog', { name });
    await page.getByRole('button', { name: 'Rename Test' }).click();
    const field = asked('Rename Test').getByRole('textbox', { name: 'New name' });
    await field.fill('Te/st');
    await page.keyboard.press('Enter');
    await page.getByText('cannot be a connection’s name').first().waitFor();
    await field.fill('Harbor Books');
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('Test is called Harbor Books now.').waitFor();
    await page.getByRole('button', { name: 'Harbor Books', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /wait for you/ }).waitFor();

    await page.goto(`${desk.base}/connections`);
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await picture(page, 'connections-actions');
    await page.getByRole('button', { name: /^Really/ }).click();
    await page.getByText('is disconnected from QuickBooks.').waitFor();
    await desk.advance(6);
    await page.getByRole('button', { name: 'Remove Harbor Books' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove Harbor Books' }).click();
    await picture(page, 'connection-remove', false);
    await asked('Remove Harbor Books?').getByRole('button', { name: 'Remove' }).click();
    await dialog(page).getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByText('Harbor Books is removed.').waitFor();
    await page.getByRole('button', { name: 'Remove Harbor Books' }).waitFor({ state: 'detached' });
    expect(faults()).toEqual([]);
    await page.context().close();
  });
});
