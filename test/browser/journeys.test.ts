/** Ways through the desk as people take them: the first run, an obstacle cured in the morning, by keyboard alone, and when things go wrong. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, drawn, hasBrowser, openDesk, OWNER, picture, type Desk } from '../support/desk-world.ts';
import { postedTotals } from '../support/world.ts';

const SECOND_REALM = '4620816365000000077';
const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}\u202Efdp.exe`;

describe.skipIf(!hasBrowser)('journeys through the desk (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 12, obstacles: true });
    const realm = desk.world.quickbooks.addRealm(SECOND_REALM, { companyName: 'Second Company', usingSalesTax: true });
    const name = { Name: 'Services', FullyQualifiedName: 'Services', Active: true };
    realm.put('Account', { ...name, AccountType: 'Income', AccountSubType: 'ServiceFeeIncome' });
  });
  afterAll(() => desk?.close());

  it('first run: from the one-time link to a switched-on connection, with a dry run by name before anything is posted', async () => {
    const { page, faults } = await desk.visit(desk.setupLink.slice(desk.base.length), { as: 'nobody' });
    // The sandbox consents at once; a person would choose the company there.
    await page.route('**/connect/oauth2*', (route) =>
      route.continue({ url: `${route.request().url()}&realm=${SECOND_REALM}` }),
    );
    await page.getByLabel('Your name').fill(OWNER.name);
    await page.getByLabel('E-mail address').fill(OWNER.email);
    await page.getByLabel(/^Password/).fill(OWNER.password);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { level: 1, name: /wait for you/ }).waitFor();
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('link', { name: 'Add a connection' }).click();

    const { userName, secret, integrationCode } = desk.world.autotask.knobs;
    await page.getByLabel('Name of the connection').fill('Two');
    await page.getByLabel('User name (key) of the API user').fill(userName);
    await page.getByLabel('Secret (password) of the API user').fill('wrong');
    await page.getByLabel('API tracking identifier').fill(integrationCode);
    await page.getByRole('button', { name: 'Find the zone and prove it' }).click();
    await page.getByRole('alert').getByText('It was not accepted').waitFor();
    await page.reload();
    // What was typed is still there; the secret is not kept.
    expect(await page.getByLabel('Name of the connection').inputValue()).toBe('Two');
    expect(await page.getByLabel('Secret (password) of the API user').inputValue()).toBe('');
    await page.getByLabel('Secret (password) of the API user').fill(secret);
    await page.getByRole('button', { name: 'Find the zone and prove it' }).click();

    await page.getByRole('button', { name: 'Connect to QuickBooks' }).click();
    await page.getByRole('rowheader', { name: 'Sales tax' }).waitFor();
    expect(page.url()).not.toMatch(/code=|token/);
    await picture(page, 'journey-first-run-company');
    await page.getByRole('button', { name: 'I have seen it, go on' }).click();
    await page.getByLabel('Income account of new products and services').selectOption('Services');
    await page.getByLabel('Cut-over date').fill('2020-01-01');
    await page.getByRole('button', { name: 'Save and go on' }).click();
    const found = page.getByText(/A sync would post .+ and create .+/);
    await found.waitFor().catch(async (error: unknown) => {
      await picture(page, 'journey-failed');
      throw error;
    });
    expect(await found.textContent()).toContain('Nothing was changed');
    const customers = page.locator('div', { hasText: 'Customers it would create' }).last().locator('li');
    expect(await customers.count()).toBeGreaterThan(0);
    expect(desk.world.quickbooks.realm(SECOND_REALM).table('Invoice').size).toBe(0);
    await picture(page, 'journey-first-run-dry-run');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have seen it, go on' }).click();
    await page.getByRole('button', { name: 'The next batch only' }).click();
    await page.getByRole('radio', { name: 'Next batch' }).waitFor({ state: 'attached' });
    await expect.poll(() => page.getByRole('radio', { name: 'Next batch' }).isChecked()).toBe(true);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('a cause says how many invoices it holds, names what it most likely is, and shows the way to the links', async () => {
    const { page, faults } = await desk.visit('/errors');
    const cause = (text: string) => page.locator('.lf-cause', { hasText: text });
    const near = cause('one that is nearly so');
    await near.getByRole('button', { name: 'Hold this invoice' }).waitFor();
    await near.getByRole('button', { name: 'Choose which one it is in QuickBooks' }).waitFor();
    await near.getByRole('button', { name: 'It is “Riverside Clinic, Inc.”' }).click();
    await page.getByRole('status').getByText('Linked to “Riverside Clinic, Inc.”').waitFor();
    // It is told until a run has gone by it, also to whom comes later.
    await page.reload();
    await page.locator('.lf-done').getByText('Linked to “Riverside Clinic, Inc.”').waitFor();
    await page.locator('.lf-done').getByRole('button', { name: 'Undo' }).click();
    await near.getByRole('button', { name: 'Hold this invoice' }).waitFor();
    const both = cause('Twin  Peaks Hosting');
    await both.getByRole('button', { name: 'Hold these invoices' }).waitFor();
    await both.getByRole('link', { name: 'Open Links' }).click();
    await expect.poll(() => page.locator('.lf-table tbody bdi').allTextContents()).toHaveLength(2);
    expect(await page.locator('.lf-table tbody bdi').allTextContents()).toContain('Twin Peaks Hosting');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('morning: one decision cures an obstacle, one click more and its invoice is in QuickBooks', async () => {
    const invoice = desk.world.msp.obstacles.find((one) => one.kind === 'customer-inactive')?.id ?? 0;
    expect(postedTotals(desk.world.realm).has(invoice)).toBe(false);
    const { page, faults } = await desk.visit('/');
    const heading = page.locator('h1');
    await heading.filter({ hasText: 'wait for you' }).waitFor();
    const before = Number.parseInt((await heading.textContent()) ?? '', 10);
    // Two companies wait for one cause.
    await page.getByText(`${String(before + 1)} invoices stand behind them.`).waitFor();
    // They can only be held or marked done here, which frees none of them.
    expect(await page.locator('.lf-cause', { hasText: 'would all become' }).textContent()).not.toContain('frees');
    expect(await page.getByText('Last posted').count()).toBe(0);
    await page.getByRole('button', { name: 'Make it active again in QuickBooks' }).click();
    await page.locator('.lf-done').getByRole('button', { name: 'Sync now' }).click();
    await expect
      .poll(() => heading.textContent(), { timeout: 60_000 })
      .toBe(`${String(before - 1)} things wait for you`);
    await expect.poll(() => postedTotals(desk.world.realm).get(invoice)?.length, { timeout: 60_000 }).toBe(1);
    await desk.world.sync();
    await page.reload();
    await page.getByText(/: 0 invoices posted/).waitFor();
    // The run that met it tells what it found, and what has become of it since.
    const asked = `fetch('/api/v1/runs?connection=Test').then((answer) => answer.json())`;
    const { runs } = await page.evaluate<{ runs: { id: string }[] }>(asked);
    await page.goto(`${desk.demo}/runs/${runs.at(-1)?.id ?? ''}`);
    const told = page.locator('tr', { hasText: 'Closed Shop' });
    await told.getByText('needed you then').waitFor();
    await told.getByText('in QuickBooks since').waitFor();
    await page.goto(desk.demo);
    await page.getByText(/: 0 invoices posted/).waitFor();
    expect(await page.locator('dt', { hasText: 'Last posted' }).locator('+ dd').textContent()).toMatch(
      /, one invoice$/,
    );
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('by keyboard alone: skip link, palette, an invoice by its company, keys and back', async () => {
    const { page, faults } = await desk.visit('/');
    await drawn(page);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'A page, an action' }).waitFor();
    await page.keyboard.type('audit');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    expect(await page.title()).toBe('Audit log · Ledgerferry');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'A page, an action' }).waitFor();
    await page.keyboard.type('look back for voids');
    await page.getByRole('option', { name: 'How far to look back for voids' }).waitFor();
    await page.keyboard.press('Enter');
    const settings = page.getByRole('searchbox', { name: 'Find a setting' });
    await settings.waitFor();
    expect(await settings.inputValue()).toBe('How far to look back for voids');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.getByRole('combobox', { name: 'A page, an action' }).waitFor();
    await page.keyboard.type('Twin Peaks');
    await page
      .getByRole('option', { name: /Twin Peaks/ })
      .first()
      .waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'journey-palette', false);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.getByRole('heading', { level: 1, name: /wait for you/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    expect(await settings.inputValue()).toBe('How far to look back for voids');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('after “Sync now” the notice leads to the very run, from the desk and from the palette', async () => {
    const { page, faults } = await desk.visit('/');
    const seen = async (): Promise<string> => {
      const link = page.locator('.lf-toast').last().getByRole('link', { name: 'See the run' });
      await link.waitFor();
      const to = (await link.getAttribute('href')) ?? '';
      await link.click();
      await page.waitForURL(`**${to}`);
      await page.getByRole('heading', { level: 1, name: 'Sync now' }).waitFor();
      return to;
    };
    await drawn(page);
    await page.getByRole('button', { name: 'Sync now' }).first().click();
    const first = await seen();
    await page.locator('section[aria-live] .bk-mark', { hasText: 'finished' }).waitFor({ timeout: 60_000 });
    await page.keyboard.press('Control+k');
    await page.getByRole('option', { name: 'Sync now' }).click();
    expect(await seen()).not.toBe(first);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('compare and copy: what is missing is shown by name, created once, and matches afterwards', async () => {
    const codes = desk.world.autotask.data.tables.get('BillingCodes');
    const [known] = [...(codes?.values() ?? [])];
    for (const [id, name] of [
      [990_001, 'Drone survey'],
      [990_002, 'Night watch'],
    ] as const)
      codes?.set(id, { ...known, id, name });
    const { page, faults } = await desk.visit('/items');
    const items = (): number => desk.world.realm.table('Item').size;
    const before = items();
    await page.getByRole('button', { name: 'Compare now' }).click();
    const copy = page.getByRole('button', { name: /^Copy \d+ missing$/ });
    await copy.waitFor();
    const count = Number.parseInt((await copy.textContent())?.replaceAll(/\D/g, '') ?? '', 10);
    expect(items()).toBe(before);
    await copy.click();
    const sheet = page.getByRole('dialog', { name: 'Copy missing items' });
    await sheet.getByRole('button', { name: /^Create/ }).waitFor();
    expect([await sheet.locator('.lf-names li').count(), items()]).toEqual([count, before]);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'journey-copy-items', false);
    await sheet.getByRole('button', { name: /^Create/ }).click();
    await sheet.getByText(/created\.$/).waitFor();
    expect(items()).toBe(before + count);
    await sheet.locator('button', { hasText: 'Close' }).click();
    await page.getByRole('button', { name: 'Compare now' }).click();
    await copy.waitFor({ state: 'detached' });
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('an address that leads nowhere says so on the desk, and stays JSON for a program', async () => {
    const { page } = await desk.visit('/nonsense');
    await page.getByText('There is no such page').waitFor();
    const told = await fetch(`${desk.demo}/nonsense`);
    expect([told.status, told.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
    await page.goto(`${desk.demo}/runs/nonsense`);
    await page.getByText('There is no such run').waitFor();
    await page.context().close();
  });

  it('settings that are not taken are named at their fields, all of them, and nothing lies over Save', async () => {
    const { page, faults } = await desk.visit('/settings');
    await page.getByLabel('How far to look back', { exact: true }).fill('9999');
    await page.getByLabel('How long an invoice may settle', { exact: true }).fill('-3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('These settings are not taken: “').waitFor();
    expect(await page.locator('.lf-setting[data-wrong="true"] input[aria-invalid="true"]').count()).toBe(2);
    expect(await page.locator('.lf-setting[data-wrong="true"]').first().textContent()).not.toContain('invoices.');
    await page.getByRole('button', { name: 'Discard' }).click();
    await expect.poll(() => page.locator('.lf-setting[data-wrong="true"]').count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('on the way out of changed settings: a question, and nothing is lost unless one says so', async () => {
    const { page, faults } = await desk.visit('/settings');
    const days = page.getByLabel('How far to look back', { exact: true });
    const before = await days.inputValue();
    await days.fill('21');
    const question = page.getByRole('dialog', { name: '1 change, not saved yet' });
    const leave = async (answer: string): Promise<void> => {
      await page.getByRole('link', { name: 'Runs' }).click();
      await question.waitFor();
      await question.getByRole('button', { name: answer }).click();
      await question.waitFor({ state: 'detached' });
    };
    await leave('Stay');
    expect([page.url(), await days.inputValue()]).toEqual([`${desk.demo}/settings`, '21']);
    await leave('Leave, keep them');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await page.goBack();
    await expect.poll(() => days.inputValue()).toBe('21');
    await leave('Discard and leave');
    await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
    await page.goBack();
    await expect.poll(() => days.inputValue()).toBe(before);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('two windows: the later one is refused, shows both values and loses nothing; the history brings the first back', async () => {
    const { page, faults } = await desk.visit('/settings');
    const { page: other } = await desk.visit('/settings');
    const days = (tab: typeof page) => tab.getByLabel('How far to look back', { exact: true });
    const saveIn = (tab: typeof page) => tab.getByRole('button', { name: 'Save', exact: true }).click();
    const before = await days(page).inputValue();
    await days(page).fill('21');
    await days(other).fill('30');
    await saveIn(other);
    await other.getByText('Saved. It counts from the next run on.').waitFor();
    await other.context().close();
    await saveIn(page);
    await page.getByText('Somebody saved settings since you opened them').waitFor();
    await page.getByText('somebody saved “30” meanwhile; yours is “21”').waitFor();
    expect(await days(page).inputValue()).toBe('21');
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'journey-two-windows', false);
    await saveIn(page);
    await page.getByText('Saved. It counts from the next run on.').waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    const history = page.getByRole('dialog', { name: 'History' });
    const first = history.getByText('30 → 21');
    await first.waitFor();
    const versions = history.getByRole('button', { name: /^Restore this: Version/ });
    await versions.nth(1).click();
    await page.getByText('Restored as a new version.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => days(page).inputValue()).toBe(before);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('server away: a calm line, nothing typed is lost, and it goes on by itself', async () => {
    const { page } = await desk.visit('/first-run?connection=new');
    await page.getByLabel('Name of the connection').fill('Half typed');
    await page.route('**/api/**', (route) => route.abort());
    await page.getByText('The server does not answer').waitFor({ timeout: 30_000 });
    expect(await page.getByLabel('Name of the connection').inputValue()).toBe('Half typed');
    await page.unroute('**/api/**');
    await page.getByText('The server does not answer').waitFor({ state: 'detached', timeout: 30_000 });
    expect(await page.getByLabel('Name of the connection').inputValue()).toBe('Half typed');
    await page.context().close();
  });

  it('signed out in the middle: signs in again and stands where it was, with what was typed', async () => {
    const { page, faults } = await desk.visit('/sign-in?to=/people', { as: 'nobody' });
    const signIn = async (): Promise<void> => {
      await page.getByLabel('E-mail address').fill(OWNER.email);
      await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
    };
    await signIn();
    await page.locator('form', { hasText: 'Make the link' }).getByLabel('E-mail address').fill('half@typed.example');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Sign in' }).waitFor({ timeout: 30_000 });
    await signIn();
    const invited = page.locator('form', { hasText: 'Make the link' }).getByLabel('E-mail address');
    expect(await invited.inputValue()).toBe('half@typed.example');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('hostile strings are shown as what they are, and nothing of them runs', async () => {
    const { page, faults } = await desk.visit('/');
    await page
      .getByRole('button', { name: /Mark (it|them) done without posting/ })
      .last()
      .click();
    await page.getByLabel(/Why\?/).fill(HOSTILE);
    await page.getByRole('button', { name: 'Do it' }).click();
    await page
      .getByText(/wait for you/)
      .first()
      .waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'A page, an action' }).fill(HOSTILE);
    await page.getByText('Nothing like that.').waitFor();
    await page.keyboard.press('Escape');
    await page.goto(`${desk.demo}/audit`);
    await page.getByText('<img src=x onerror=alert(1)>', { exact: false }).first().waitFor();
    await page.getByLabel('Search').fill(HOSTILE);
    await page.goto(`${desk.demo}/first-run?connection=new`);
    await page.getByLabel('Name of the connection').fill(HOSTILE);
    await page.getByLabel('User name (key) of the API user').fill(HOSTILE);
    await page.getByLabel('Secret (password) of the API user').fill(HOSTILE);
    await page.getByLabel('API tracking identifier').fill(HOSTILE);
    await page.getByRole('button', { name: 'Find the zone and prove it' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  });
});
