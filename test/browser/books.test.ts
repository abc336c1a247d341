/** The journeys of the books in a real browser: invoices by keyboard, hold and undo, manual copy, overwrite, month end; strangers' text. */
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdInvoices } from '../../src/engine/holding.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { sourceTotal } from '../support/world.ts';
import { axeFindings, drawn, hasBrowser, openDesk, overflow, picture, type Desk } from '../support/desk-world.ts';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  `${'Very long name '.repeat(33)}end`,
  'שלום עולם \u202Eevil',
  '👩‍👩‍👧‍👦 Family & <b>Sons</b> "quoted"',
];

describe.skipIf(!hasBrowser)('the books (skipped: no Chromium, see LEDGERFERRY_BROWSER)', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk({ invoices: 30, obstacles: true });
  });
  afterAll(() => desk?.close());

  const rows = (page: Page) => page.locator('.bk-table tbody tr');
  const opened = (page: Page) => page.locator('.bk-drawer');
  const stateOf = async (id: number): Promise<string | undefined> =>
    (
      await withTenant(desk.world.opened.services.database, desk.world.tenant, (tx) =>
        tx.selectFrom('transfers').select('state').where('autotask_invoice_id', '=', id).execute(),
      )
    )[0]?.state;
  const holdReasonOf = async (id: number): Promise<string | undefined> =>
    (
      await withTenant(desk.world.opened.services.database, desk.world.tenant, (tx) =>
        tx.selectFrom('transfers').select('problems').where('autotask_invoice_id', '=', id).execute(),
      )
    )[0]?.problems.find((one) => one.code === 'on-hold')?.facts['reason'];
  const clean = async (page: Page, faults: () => string[]): Promise<void> => {
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(faults()).toEqual([]);
  };

  it('what a rule holds needs somebody: it stands among those that need you, not among those on hold', async () => {
    const { page, faults } = await desk.visit('/invoices?states=parked&code=legacy-error');
    await rows(page).first().waitFor();
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(await rows(page).first().locator('.bk-state').textContent()).toBe('needs youold app’s ERROR mark');
    await rows(page).first().locator('.bk-company').click();
    await opened(page).locator('h2').getByText('needs you').waitFor();
    await opened(page).locator('.bk-timeline strong').first().waitFor();
    expect(await opened(page).locator('.bk-timeline').textContent()).not.toContain('on hold');
    await page.goto(`${desk.demo}/invoices?states=held`);
    await page.getByText('No invoice matches').waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('on a phone the filters are folded away, and the search is not', async () => {
    const { page, faults } = await desk.visit('/invoices', { width: 390 });
    await rows(page).first().waitFor();
    const fold = page.getByRole('button', { name: /^Filters/ });
    const state = page.getByRole('combobox', { name: 'State' });
    expect(await fold.getAttribute('aria-expanded')).toBe('false');
    expect([await page.getByLabel('Number, id or company').isVisible(), await state.isVisible()]).toEqual([
      true,
      false,
    ]);
    await fold.click();
    await state.selectOption('parked');
    await page.getByRole('button', { name: 'Filters (1)' }).waitFor();
    await clean(page, faults);
    await page.setViewportSize({ width: 1280, height: 900 });
    expect([await fold.isVisible(), await state.isVisible()]).toEqual([false, true]);
    await page.context().close();
  });

  it('a cause leads to all that wait for it; an amount that is none is told; a kind without a run is told', async () => {
    const { page, faults } = await desk.visit('/errors');
    const cause = page.locator('.lf-cause', { hasText: 'would all become' });
    await cause.getByRole('link', { name: '2 invoices' }).click();
    await page.getByRole('button', { name: 'What waits for one cause' }).waitFor();
    await expect.poll(() => rows(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => rows(page).count()).toBeGreaterThan(30);
    const least = page.getByLabel('Total from', { exact: true });
    await least.fill('abc');
    await page.getByRole('alert').getByText('Not counted').waitFor();
    expect(await least.getAttribute('aria-invalid')).toBe('true');
    await clean(page, faults);
    await least.fill('10,000');
    await page.getByText('Not counted').waitFor({ state: 'detached' });
    await expect.poll(() => rows(page).count()).toBeLessThan(30);
    await page.goto(`${desk.demo}/runs?kind=copy-items`);
    await page.getByText('No run of this kind').waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('invoices by keyboard: search, walk, open both sides, step, close, back', async () => {
    const { page, faults } = await desk.visit('/invoices');
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    const [id = 0] = desk.world.msp.postable;
    await page.keyboard.type(String(id));
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(page.url()).toContain(`search=${String(id)}`);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(() => rows(page).count()).toBeGreaterThan(30);
    await page.emulateMedia({ media: 'print' });
    for (const head of await page.locator('.bk-table th button').all()) expect(await head.isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
    await rows(page).first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    expect(await page.locator('tr[aria-selected=true]').count()).toBe(1);
    await page.keyboard.press('Escape');
    expect(await page.locator('tr[aria-selected=true]').count()).toBe(0);
    await page.keyboard.press('Enter');
    await opened(page).waitFor();
    await opened(page).getByText('What happened').waitFor();
    await opened(page).locator('.bk-beside').waitFor();
    const first = await opened(page).locator('h2').textContent();
    await page.keyboard.press('Tab');
    await opened(page).getByRole('button', { name: 'Next invoice' }).press('Enter');
    await expect.poll(() => opened(page).locator('h2').textContent()).not.toBe(first);
    await page.keyboard.press('Escape');
    await expect.poll(() => opened(page).count()).toBe(0);
    expect(await page.evaluate<string>('document.activeElement?.tagName')).toBe('TR');
    await page.goBack();
    await opened(page).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  for (const scheme of ['light', 'dark'] as const)
    it(`the open drawer and every dialog have no finding (${scheme})`, async () => {
      const [id = 0] = desk.world.msp.postable;
      const { page, faults } = await desk.visit(`/invoices?id=${String(id)}&search=${String(id)}`, { scheme });
      await opened(page).locator('.bk-beside').waitFor();
      await opened(page).getByText('The exact JSON').click();
      await clean(page, faults);
      await picture(page, `invoice-drawer-${scheme}`, false);
      await opened(page).getByRole('button', { name: 'Copy again' }).click();
      await page.locator('dialog[open]').waitFor();
      await clean(page, faults);
      await picture(page, `invoice-overwrite-${scheme}`, false);
      await page.keyboard.press('Escape');
      await page.goto(`${desk.demo}/invoices?states=parked`);
      await rows(page).first().waitFor();
      await page.getByRole('checkbox', { name: 'Select this page' }).check();
      for (const button of ['Sync selected', 'Hold', 'Mark done']) {
        await page.locator('.bk-bulk').getByRole('button', { name: button }).click();
        await page.locator('dialog[open]').waitFor();
        await clean(page, faults);
        await page.keyboard.press('Escape');
        await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
      }
      await page.goto(`${desk.demo}/invoices?states=written_back`);
      await rows(page).first().waitFor();
      await page.getByRole('checkbox', { name: 'Select this page' }).check();
      // Nothing of this can be done to what is in QuickBooks.
      expect(
        await page
          .locator('.bk-bulk')
          .getByRole('button', { name: /Hold|Sync|Release|Mark/ })
          .count(),
      ).toBe(0);
      await page.goto(`${desk.demo}/runs`);
      await drawn(page);
      for (const item of ['Manual copy…', 'Pass on payments…', 'Clear in-process…']) {
        await page.getByRole('button', { name: 'Another run' }).click();
        await page.getByRole('menuitem', { name: item }).click();
        await page.locator('dialog[open]').waitFor();
        await clean(page, faults);
        await page.keyboard.press('Escape');
        await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
      }
      await page.context().close();
    });

  for (const width of [1280, 390])
    it(`the bar of the chosen stands at the foot of the window and says who is left out (${String(width)} px)`, async () => {
      const { id = 0 } = desk.world.msp.obstacles.find((one) => one.kind === 'customer-inactive') ?? {};
      const { page, faults } = await desk.visit(`/invoices?search=${String(id)}`, { width });
      const bar = page.locator('.bk-bulk');
      const foot = `innerHeight - document.querySelector('.bk-bulk').getBoundingClientRect().bottom`;
      await expect.poll(() => rows(page).count()).toBe(1);
      await rows(page).first().locator('.bk-check').click();
      await bar.waitFor();
      expect(await page.evaluate(foot)).toBe(0);
      expect(await bar.locator('p').count()).toBe(0);
      await page.goto(`${desk.demo}/invoices?states=written_back,parked&sort=state`);
      await rows(page).first().waitFor();
      await page.locator('.bk-table tbody tr', { hasText: 'customer is inactive' }).locator('.bk-check').click();
      for (const at of [0, 1])
        await page.locator('.bk-table tbody tr', { hasText: 'done' }).nth(at).locator('.bk-check').click();
      await bar.getByRole('button', { name: 'Hold 1 of 3' }).waitFor();
      await bar.getByText('Sync, Hold, Mark done: 2 are in QuickBooks already.').waitFor();
      expect(await page.evaluate(foot)).toBe(0);
      await clean(page, faults);
      await picture(page, `books-chosen-${String(width)}`, false);
      await bar.getByRole('button', { name: 'Hold 1 of 3' }).click();
      await page.getByRole('dialog', { name: 'Hold one invoice' }).waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.bk-table tbody tr', { hasText: 'customer is inactive' }).locator('.bk-check').click();
      await bar.getByText('Nothing can be done to them from here: 2 are in QuickBooks already.').waitFor();
      await clean(page, faults);
      await page.context().close();
    });

  it('what is held is held, and Undo takes it back', async () => {
    const { page, faults } = await desk.visit('/invoices?states=parked');
    await rows(page).first().waitFor();
    const id = Number(await rows(page).first().locator('.bk-number bdi').textContent());
    await rows(page).first().locator('.bk-check').click();
    await page.locator('.bk-bulk').getByRole('button', { name: 'Hold' }).click();
    await page.keyboard.type('the client asked for it');
    await page.keyboard.press('Enter');
    await page.getByText('One invoice on hold.').waitFor();
    expect(await stateOf(id)).toBe('held');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => stateOf(id)).toBe('waiting');
    await desk.world.sync();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('Undo after releasing several gives each the reason that it had', async () => {
    const { page, faults } = await desk.visit('/invoices?states=parked');
    await rows(page).first().waitFor();
    const reasons = ['the client asked for it', 'the order number is missing'];
    const ids: number[] = [];
    for (const at of reasons.keys()) ids.push(Number(await rows(page).nth(at).locator('.bk-number bdi').textContent()));
    for (const [at, reason] of reasons.entries())
      await holdInvoices(desk.world.opened.services, desk.world.tenant, {
        invoiceIds: [ids[at] ?? 0],
        reason,
        by: 'test',
        waitMs: 60_000,
      });
    await page.goto(`${desk.demo}/invoices?states=held&code=on-hold`);
    await expect.poll(() => rows(page).count()).toBe(2);
    await page.getByRole('checkbox', { name: 'Select this page' }).check();
    await page.locator('.bk-bulk').getByRole('button', { name: 'Release' }).click();
    await page.getByText('2 invoices released').waitFor();
    expect(await Promise.all(ids.map(stateOf))).toEqual(['waiting', 'waiting']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => Promise.all(ids.map(stateOf))).toEqual(['held', 'held']);
    expect(await Promise.all(ids.map(holdReasonOf))).toEqual(reasons);
    await page.getByRole('checkbox', { name: 'Select this page' }).check();
    await page.locator('.bk-bulk').getByRole('button', { name: 'Release' }).click();
    await expect.poll(() => Promise.all(ids.map(stateOf))).toEqual(['waiting', 'waiting']);
    await desk.world.sync();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('after a release the invoice says what stands, puts it back with its reason, and leads to the run that takes it', async () => {
    const { id = 0 } = desk.world.msp.obstacles.find((one) => one.kind === 'customer-inactive') ?? {};
    const reason = 'the order number is missing';
    const request = { invoiceIds: [id], reason, by: 'test', waitMs: 60_000 };
    await holdInvoices(desk.world.opened.services, desk.world.tenant, request);
    const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`);
    const release = async (): Promise<void> => {
      await opened(page).getByRole('button', { name: 'Release it' }).click();
      await stands.getByText(/^Released\. (The next run takes it up|The sync is paused)/).waitFor();
      expect(await stateOf(id)).toBe('waiting');
    };
    const stands = opened(page).locator('.lf-done');
    await release();
    await clean(page, faults);
    await stands.getByRole('button', { name: 'Put it back on hold' }).click();
    await expect.poll(() => stateOf(id)).toBe('held');
    expect(await holdReasonOf(id)).toBe(reason);
    await release();
    // Another day, another window: the reason is asked for.
    await page.reload();
    await stands.getByRole('button', { name: 'Put it back on hold' }).click();
    await page.getByLabel(/Why\?/).waitFor();
    await page.keyboard.press('Escape');
    await stands.getByRole('button', { name: 'Sync it now' }).click();
    await page.locator('.lf-toast').getByRole('link', { name: 'See the run' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    await page.getByRole('heading', { level: 1, name: 'Manual copy' }).waitFor();
    await expect.poll(() => stateOf(id), { timeout: 30_000 }).toBe('parked');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('what is in the way is louder than a copy, and the copy says that it meets it again', async () => {
    const { id = 0 } = desk.world.msp.obstacles.find((one) => one.kind === 'customer-near-match') ?? {};
    const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`);
    await opened(page).locator('.bk-problems button').first().waitFor();
    const loud = opened(page).locator('button[data-variant="filled"]');
    expect(await loud.allTextContents()).toEqual(['It is “Riverside Clinic, Inc.”']);
    await opened(page).getByRole('button', { name: 'Copy to QuickBooks' }).click();
    const told = page.locator('dialog[open] [role=note]');
    await told.getByText('Unless it is cured first, the copy meets it again').waitFor();
    expect(await told.locator('li').allTextContents()).toEqual(
      await opened(page).locator('.bk-problems strong').allTextContents(),
    );
    await clean(page, faults);
    await page.context().close();
  });

  it('what is clicked at once after a click comes after it, and Escape takes it back', async () => {
    const { page, faults } = await desk.visit('/invoices');
    await rows(page).first().waitFor();
    const at = (): URL => new URL(page.url());
    const soon = (script: string): Promise<unknown> => page.evaluate(`(async () => { ${script} })()`);
    const row = `document.querySelectorAll('.bk-table tbody tr .bk-company')[2].click();`;
    const date = `[...document.querySelectorAll('thead button')].find((one) => one.textContent.startsWith('Date')).click();`;
    const escape = `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));`;
    const frame = `await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 1)));`;

    for (const between of ['', frame, frame.repeat(2)]) {
      await soon(row + between + escape);
      await page.waitForTimeout(700);
      expect([at().search, await opened(page).count()], between).toEqual(['', 0]);
    }
    await soon(date + date);
    await page.waitForURL(/sort=date&direction=asc/);
    await soon(row + date);
    await opened(page).waitFor();
    expect([at().searchParams.get('direction'), at().searchParams.has('id')]).toEqual(['desc', true]);
    await page.keyboard.press('Escape');
    await opened(page).waitFor({ state: 'detached' });
    await soon(`${row} document.querySelector('.lf-nav a[href="/runs"]').click();`);
    await page.waitForURL(/\/runs$/);
    await page.waitForTimeout(700);
    expect(at().pathname).toBe('/runs');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('fresh rows from the server leave the keyboard on its invoice', async () => {
    const { page, faults } = await desk.visit('/invoices');
    await rows(page).first().focus();
    for (let times = 0; times < 3; times += 1) await page.keyboard.press('ArrowDown');
    const stop = page.locator('.bk-table tbody tr[tabindex="0"]');
    const id = (await stop.locator('.bk-number').textContent()) ?? '';
    // The last row, so that none moves: its company is another at the next look.
    const other = desk.world.msp.postable[0] ?? 0;
    await withTenant(desk.world.opened.services.database, desk.world.tenant, (tx) =>
      sql`update transfers set company_name = 'Renamed meanwhile' where autotask_invoice_id = ${other}`.execute(tx),
    );
    await page.getByText('Renamed meanwhile').waitFor({ timeout: 30_000 });
    expect(await stop.locator('.bk-number').textContent()).toBe(id);
    expect(await page.evaluate('document.activeElement.tabIndex')).toBe(0);
    await page.keyboard.press('ArrowDown');
    expect(await stop.getAttribute('data-at')).toBe('4');
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('a manual copy: found by search, seen at work, its report; what is there is not sent twice', async () => {
    const [id = 0] = desk.world.msp.postable;
    const { page, faults } = await desk.visit('/runs');
    await drawn(page);
    await page.getByRole('button', { name: 'Another run' }).click();
    await page.getByRole('menuitem', { name: 'Manual copy…' }).click();
    await page.keyboard.type(String(id));
    await page.locator('dialog input[type=radio]:checked').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    await page
      .getByText(/already in QuickBooks/)
      .first()
      .waitFor();
    await page.reload();
    await page
      .getByText(/already in QuickBooks/)
      .first()
      .waitFor();
    expect(desk.world.posted().get(id)?.length).toBe(1);
    await clean(page, faults);
    await picture(page, 'run-report');
    await page.context().close();
  });

  it('an overwrite wants the invoice’s id typed, and makes a second copy', async () => {
    const [, id = 0] = desk.world.msp.postable;
    const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`);
    await opened(page).getByRole('button', { name: 'Copy again' }).click();
    const sure = page.locator('dialog').getByRole('button', { name: 'Copy again' });
    expect(await sure.isDisabled()).toBe(true);
    await page.keyboard.type(`${String(id)}1`);
    expect(await sure.isDisabled()).toBe(true);
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Enter');
    await expect.poll(() => desk.world.posted().get(id)?.length, { timeout: 15_000 }).toBe(2);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('what somebody typed in QuickBooks is laid beside the invoice, and adopted when both agree', async () => {
    const { world } = desk;
    const { id = 0 } = world.msp.obstacles.find((one) => one.kind === 'legacy-error') ?? {};
    const source = world.autotask.data.tables.get('Invoices')?.get(id);
    const company = world.autotask.data.tables.get('Companies')?.get(Number(source?.['companyID']))?.['companyName'];
    const customer = [...world.realm.table('Customer').values()].find((row) => row['DisplayName'] === company);
    const total = new ExactNumber(sourceTotal(world, id));
    const typed = {
      CustomerRef: { value: customer?.Id, name: customer?.['DisplayName'] },
      DocNumber: 'HAND-7',
      TxnDate: String(source?.['invoiceDateTime']).slice(0, 10),
      TotalAmt: new ExactNumber('1.00'),
      Balance: new ExactNumber('1.00'),
      Line: [],
    };
    const { Id } = world.realm.put('Invoice', typed);
    const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`);
    await opened(page).getByRole('button', { name: 'Adopt' }).click();
    const asked = page.getByRole('dialog', { name: `Is invoice ${String(id)} in QuickBooks already?` });
    await asked.getByText('QuickBooks shows no').waitFor();
    await asked.getByLabel('QuickBooks id').fill(Id);
    await page.keyboard.press('Enter');
    await asked.getByRole('rowheader', { name: '≠ Total' }).waitFor();
    await clean(page, faults);
    await picture(page, 'books-adopt', false);
    world.realm.put('Invoice', { ...typed, Id, TotalAmt: total, Balance: total });
    await page.keyboard.press('Enter');
    await asked.getByText('Both sides agree').waitFor();
    await asked.getByRole('button', { name: 'Adopt' }).click();
    await asked.waitFor({ state: 'detached' });
    expect(await stateOf(id)).toBe('posted');
    await opened(page).getByText('HAND-7').first().waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('a lost line of events is told calmly, and the page still sees the end', async () => {
    const { page, faults } = await desk.visit('/runs');
    await page.route('**/events*', (route) => route.abort());
    await drawn(page);
    await page.getByRole('button', { name: 'Sync now' }).first().click();
    await page.locator('dialog').getByRole('button', { name: 'Start' }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}/);
    await page.locator('section[aria-live] .bk-mark', { hasText: 'finished' }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  it('month end: both sides to the cent, and an edit in QuickBooks stands among the differences', async () => {
    const [, , id = 0] = desk.world.msp.postable;
    const source = desk.world.autotask.data.tables.get('Invoices')?.get(id);
    const month = String(source?.['invoiceDateTime'] ?? '').slice(0, 7);
    const held = [...desk.world.realm.table('Invoice').values()].find((row) =>
      String(row['PrivateNote']).includes(`:${String(id)}:`),
    );
    if (held === undefined) throw new Error('it is not in QuickBooks');
    held['TotalAmt'] = new ExactNumber('1.23');
    const { page, faults } = await desk.visit(`/month-end?month=${month}`);
    await drawn(page);
    await picture(page, 'month-end-empty');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('Invoices of the month, both sides').waitFor();
    await page.getByText('Findings').first().waitFor();
    const all = await page.locator('.bk-split + .bk-money').count();
    await page.getByLabel('Differences only').check();
    expect(await page.locator('.bk-split + .bk-money').count()).toBeLessThan(all);
    expect(await page.locator(`table a[href*="id=${String(id)}&"]`).count()).toBe(1);
    expect(page.url()).toContain('only=1');
    const run = new URL(page.url()).searchParams.get('run') ?? '';
    await page.goto(`${desk.demo}/month-end?month=${month}`);
    await page.getByText(/As of/).waitFor();
    await page.getByRole('button', { name: 'Compare again' }).waitFor();
    await clean(page, faults);
    await page.goto(`${desk.demo}/runs/${run}`);
    await page.getByText(/need a look/).waitFor();
    await page.getByRole('link', { name: 'Look at it under Month end.' }).click();
    await page.waitForURL((url) => url.searchParams.get('run') === run);
    await page.getByText('Invoices of the month, both sides').waitFor();
    await clean(page, faults);
    await picture(page, 'month-end');
    await page.context().close();
  });

  it('two names that only blanks tell apart are seen to be two, wherever they stand', async () => {
    const name = 'Twin  Peaks Hosting';
    const { page, faults } = await desk.visit('/errors?tab=log');
    const told = async (selector: string): Promise<string> => {
      const place = page.locator(selector, { hasText: 'Twin Peaks Hosting' }).first();
      await place.waitFor();
      return place.innerText();
    };
    expect(await told('tbody td')).toContain(name);
    await page.goto(`${desk.demo}/invoices?search=peaks`);
    await rows(page).first().waitFor();
    expect((await page.locator('.bk-company').allInnerTexts()).join()).toContain(name);
    await rows(page).first().locator('.bk-company').click();
    expect(await told('.bk-problems p')).toContain(name);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'A page, an action' }).fill('peaks');
    await expect
      .poll(async () => (await page.getByRole('option').locator('span').allInnerTexts()).join())
      .toContain(name);
    await page.goto(`${desk.demo}/links`);
    await page.getByLabel('Search').fill('peaks');
    await page.locator('.lf-table tbody bdi').first().waitFor();
    expect((await page.locator('.lf-table tbody bdi').allInnerTexts()).join()).toContain(name);
    expect(faults()).toEqual([]);
    await page.context().close();
  });

  for (const width of [1280, 390])
    it(`both sides: the names of the rows stand in their column, on one line (${String(width)} px)`, async () => {
      const [id = 0] = desk.world.msp.postable;
      const { page, faults } = await desk.visit(`/invoices?id=${String(id)}`, { width });
      await opened(page).locator('.bk-beside').waitFor();
      const names = `[...document.querySelectorAll('.bk-beside tbody th')]`;
      const wide = `${names}.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)`;
      expect(await page.evaluate(wide)).toEqual([]);
      if (width > 390)
        expect(await page.evaluate(`Math.max(...${names}.slice(-4).map((one) => one.offsetHeight))`)).toBeLessThan(40);
      expect(faults()).toEqual([]);
      await page.context().close();
    });

  it('strangers’ text is shown whole and does nothing', async () => {
    const ids = desk.world.msp.postable.slice(3, 3 + HOSTILE.length);
    await withTenant(desk.world.opened.services.database, desk.world.tenant, async (tx) => {
      for (const [index, name] of HOSTILE.entries())
        await sql`update transfers set company_name = ${name}, invoice_number = ${name.slice(0, 90)} where autotask_invoice_id = ${ids[index]}`.execute(
          tx,
        );
    });
    for (const width of [1280, 390]) {
      const { page, faults } = await desk.visit('/invoices?states=written_back', { width });
      await rows(page).first().waitFor();
      const body = (await page.locator('.bk-table').textContent()) ?? '';
      for (const name of HOSTILE) expect(body).toContain(name);
      await picture(page, `invoices-hostile-${String(width)}`, false);
      for (const [index, name] of HOSTILE.entries()) {
        await page.goto(`${desk.demo}/invoices?id=${String(ids[index])}`);
        await opened(page).locator('.bk-beside').waitFor();
        expect(await opened(page).locator('header p').textContent()).toBe(name);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      }
      expect(faults()).toEqual([]);
      await page.context().close();
    }
  });
});
