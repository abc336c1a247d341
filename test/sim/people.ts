/** People at work in all three programs while the engine runs. */
import { changeSettings } from '../../src/engine/connecting.ts';
import { approveDrafts, decide, listCauses } from '../../src/engine/deciding.ts';
import { holdInvoices, markDone, releaseInvoices } from '../../src/engine/holding.ts';
import { Inspector } from '../../src/engine/inspecting.ts';
import { clearRun } from '../../src/engine/clearing.ts';
import { requestRun, seeThrough } from '../../src/engine/requests.ts';
import type { Worker } from '../../src/engine/running.ts';
import type { MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { loadConnection } from '../../src/store/connections.ts';
import { withTenant } from '../../src/store/tenant.ts';
import type { RunKind, RunOptions } from '../../src/store/tables.ts';
import type { Kernel } from './kernel.ts';
import type { Act, ActKind } from './plan.ts';
import { invoicesOf, linesOf, type Books } from './world.ts';

const DAY_MS = 86_400_000;
const WAIT_MS = 600_000;

interface Desk {
  readonly kernel: Kernel;
  readonly books: Books;
  readonly act: Act;
  /** A process of the product in which people's wishes are carried out. */
  worker(): Worker;
}
type Row = Record<string, unknown> & { Id: string; SyncToken: string };

const pick = <T>(all: readonly T[], share: number): T | undefined => all[Math.floor(share * all.length)];
const text = (value: unknown): string => (value instanceof ExactNumber ? value.source : String(value as string));

async function request(desk: Desk, kind: RunKind, options: RunOptions): Promise<void> {
  const worker = desk.worker();
  const { tenant } = desk.books;
  const runId = await requestRun(worker.services, tenant, { kind, options, by: 'person' });
  await seeThrough(worker, tenant, runId, WAIT_MS);
}

/** Sales forms of ours in QuickBooks, untouched by people so far. */
function ours(desk: Desk): Row[] {
  const { realm, touched } = desk.books;
  return [...realm.table('Invoice').values()].filter(
    (row) =>
      String(row['PrivateNote'] ?? '').includes('LF:') &&
      !touched.edited.has(row.Id) &&
      !touched.voided.has(row.Id) &&
      !touched.deleted.has(row.Id),
  );
}

const unposted = (desk: Desk): MutableRow[] => {
  const there = new Set(
    desk.books.made.flatMap((one) => /LF:\w+:(\d+):/.exec(String(one.row['PrivateNote'] ?? ''))?.[1] ?? []).map(Number),
  );
  return [...invoicesOf(desk.books).values()].filter((row) => !there.has(row.id));
};

/** In a soak each invoice is of its own day; within minutes all are of the first. */
const datedToday = (kernel: Kernel): Partial<MutableRow> => {
  const day = (after: number): string =>
    `${new Date(kernel.now + after * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`;
  return { invoiceDateTime: day(0), dueDate: day(15) };
};

/** Approve & Post in Autotask: a new invoice, made of an older one, with the number of lines that it had. */
function newInvoices(desk: Desk): void {
  const { books, kernel, act } = desk;
  const invoices = invoicesOf(books);
  const model = pick(
    [...invoices.values()].filter((row) => books.clean.has(row.id)),
    act.which,
  );
  if (model === undefined) return;
  const count = 1 + Math.floor(act.which * 3);
  for (let index = 0; index < count; index += 1) {
    const id = Math.max(...invoices.keys()) + 1;
    const made: MutableRow = {
      ...model,
      id,
      createDateTime: new Date(kernel.now - (index === 0 ? 0 : 3_600_000)).toISOString(),
      invoiceNumber: books.plan.numbering === 'autotask-number' ? `T${String(id)}` : null,
      webServiceDate: null,
      paidDate: null,
      isVoided: false,
      ...(kernel.now - kernel.startedAt > 2 * DAY_MS ? datedToday(kernel) : {}),
    };
    invoices.set(id, made);
    books.given.set(id, { ...made });
    books.clean.add(id);
    const table = books.autotask.data.tables.get('BillingItems');
    for (const line of linesOf(books).filter((one) => one['invoiceID'] === model.id)) {
      const lineId = Math.max(...(table?.keys() ?? [])) + 1;
      table?.set(lineId, { ...line, id: lineId, invoiceID: id });
    }
  }
}

function payment(desk: Desk): void {
  const { realm } = desk.books;
  const row = pick(
    ours(desk).filter((one) => Number(text(one['Balance'])) > 0),
    desk.act.which,
  );
  if (row === undefined) return;
  const balance = text(row['Balance']);
  const amount = desk.act.which > 0.8 ? '0.01' : balance;
  realm.write(
    'Payment',
    {
      CustomerRef: row['CustomerRef'],
      TotalAmt: new ExactNumber(amount),
      TxnDate: new Date(desk.kernel.now - DAY_MS).toISOString().slice(0, 10),
      Line: [{ Amount: new ExactNumber(amount), LinkedTxn: [{ TxnId: row.Id, TxnType: 'Invoice' }] }],
    },
    '',
    { allowDuplicateNumber: false },
  );
}

function takeNumber(desk: Desk): void {
  const { books } = desk;
  const row = pick(unposted(desk), desk.act.which);
  const customer = [...books.realm.table('Customer').values()].find((one) => one['Active'] !== false);
  const item = [...books.realm.table('Item').values()][0];
  if (row === undefined || customer === undefined || item === undefined || books.plan.numbering === 'quickbooks')
    return;
  const number = books.plan.numbering === 'autotask-id' ? String(row.id) : text(row['invoiceNumber']);
  const made = books.realm.write(
    'Invoice',
    {
      CustomerRef: { value: customer.Id },
      DocNumber: number,
      Line: [
        {
          DetailType: 'SalesItemLineDetail',
          Amount: new ExactNumber('10.00'),
          SalesItemLineDetail: { ItemRef: { value: item.Id } },
        },
      ],
    },
    '',
    { allowDuplicateNumber: true },
  );
  books.touched.strangers.add(String(made['Id']));
  books.touched.numberTaken.add(row.id);
}

async function change(desk: Desk): Promise<void> {
  const wishes: readonly Record<string, string>[] = [
    { 'invoices.settleMinutes': '0' },
    { 'memo.fields': 'order-number' },
    { 'sync.intervalMinutes': '2' },
    { 'zero.skipLines': 'true' },
    { 'items.whenMissing': 'stop' },
    { 'terms.whenMissing': 'none' },
    { 'customers.createLimitPerRun': '1' },
    { 'tax.mode': 'autotask' },
  ];
  desk.books.touched.settings = true;
  await changeSettings(desk.worker().services, desk.books.tenant, pick(wishes, desk.act.which) ?? {}, 'person');
}

/** A person whose answer is lost with the database is told to try again, and does: the change may have been kept (seed 12744). */
async function setStatus(desk: Desk, status: 'paused' | 'sync'): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return void (await changeSettings(
        desk.worker().services,
        desk.books.tenant,
        { 'sync.status': status },
        'person',
      ));
    } catch (error) {
      if (tries === 5) throw error;
      await desk.kernel.pause(15_000);
    }
  }
}

async function pauseAndResume(desk: Desk): Promise<void> {
  const { books, kernel } = desk;
  books.touched.paused = true;
  await setStatus(desk, 'paused');
  await kernel.pause(180_000);
  await setStatus(desk, 'sync');
  books.touched.paused = false;
}

async function decideSomething(desk: Desk): Promise<void> {
  const worker = desk.worker();
  const causes = await listCauses(worker, desk.books.tenant);
  const cause = pick(causes, desk.act.which);
  const action = pick(
    (cause?.actions ?? []).filter((one) => one !== 'link'),
    (desk.act.which * 97) % 1,
  );
  if (cause === undefined || action === undefined) return;
  desk.books.touched.settings = true;
  for (const id of cause.invoices) {
    if (action === 'mark-done') desk.books.touched.doneByHand.add(id);
    if (action === 'hold') desk.books.touched.held.add(id);
    if (action === 're-post') desk.books.touched.overwritten.set(id, (desk.books.touched.overwritten.get(id) ?? 0) + 1);
  }
  await decide(worker, desk.books.tenant, {
    causeId: cause.id,
    action,
    target: null,
    reason: 'sim',
    by: 'person',
    waitMs: WAIT_MS,
  });
}

/** A person looks at an invoice: QuickBooks is asked beside whatever run is at work. */
async function look(desk: Desk): Promise<void> {
  const { services } = desk.worker();
  const { tenant } = desk.books;
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (connection === null) return;
  await (await Inspector.open(services, tenant, connection, {}, () => undefined)).preview(chosen(desk));
}

const ids = (desk: Desk): number[] => [...invoicesOf(desk.books).keys()].toSorted((a, b) => a - b);
const chosen = (desk: Desk): number => pick(ids(desk), desk.act.which) ?? 0;
const wish = (desk: Desk): { invoiceIds: number[]; reason: string; by: string; waitMs: number } => ({
  invoiceIds: [chosen(desk)],
  reason: 'sim',
  by: 'person',
  waitMs: WAIT_MS,
});

const deeds: Readonly<Record<ActKind, (desk: Desk) => Promise<void> | void>> = {
  'sync-now': (desk) => request(desk, 'sync-now', {}),
  'sync-twice': async (desk) => {
    await Promise.all([request(desk, 'sync-now', {}), request(desk, 'sync-now', {})]);
  },
  copy: (desk) => request(desk, 'manual-copy', { invoiceId: chosen(desk) }),
  overwrite: (desk) => {
    const { overwritten } = desk.books.touched;
    overwritten.set(chosen(desk), (overwritten.get(chosen(desk)) ?? 0) + 1);
    return request(desk, 'manual-copy', { invoiceId: chosen(desk), overwrite: true });
  },
  settings: change,
  'clear-mark': (desk) => {
    const marked = [...invoicesOf(desk.books).values()].filter((row) => row['webServiceDate'] !== null);
    const row = pick(marked, desk.act.which);
    if (row === undefined) return;
    Object.assign(row, {
      webServiceDate: null,
      ...(desk.books.plan.numbering === 'autotask-number' ? {} : { invoiceNumber: null }),
    });
    desk.books.touched.cleared.add(row.id);
  },
  hold: async (desk) => {
    desk.books.touched.held.add(chosen(desk));
    await holdInvoices(desk.worker().services, desk.books.tenant, wish(desk));
  },
  release: async (desk) => {
    await releaseInvoices(desk.worker().services, desk.books.tenant, wish(desk));
  },
  'mark-done': async (desk) => {
    desk.books.touched.doneByHand.add(chosen(desk));
    await markDone(desk.worker().services, desk.books.tenant, { ...wish(desk), mark: null });
  },
  approve: async (desk) => {
    await approveDrafts(desk.worker(), desk.books.tenant, { invoiceIds: 'all', by: 'person' });
  },
  decide: decideSomething,
  'void-in-autotask': (desk) => {
    const row = invoicesOf(desk.books).get(chosen(desk));
    if (row === undefined) return;
    Object.assign(row, { isVoided: true, voidedDate: new Date(desk.kernel.now).toISOString(), voidedByResourceID: 1 });
    desk.books.touched.voidedInAutotask.add(row.id);
  },
  'new-invoices': newInvoices,
  'edit-in-quickbooks': (desk) => {
    const row = pick(ours(desk), desk.act.which);
    if (row === undefined) return;
    desk.books.touched.edited.add(row.Id);
    desk.books.realm.put('Invoice', { ...row, TotalAmt: new ExactNumber('1.23'), Balance: new ExactNumber('1.23') });
  },
  'void-in-quickbooks': (desk) => {
    const row = pick(ours(desk), desk.act.which);
    if (row === undefined) return;
    desk.books.touched.voided.add(row.Id);
    desk.books.realm.write('Invoice', { Id: row.Id, SyncToken: row.SyncToken }, 'void', {
      allowDuplicateNumber: false,
    });
  },
  'delete-in-quickbooks': (desk) => {
    const row = pick(ours(desk), desk.act.which);
    if (row === undefined) return;
    desk.books.touched.deleted.add(row.Id);
    desk.books.realm.remove('Invoice', row.Id);
  },
  'edit-note': (desk) => {
    const row = pick(ours(desk), desk.act.which);
    if (row !== undefined)
      desk.books.realm.put('Invoice', { ...row, PrivateNote: `Seen by Kim. ${text(row['PrivateNote'])} (ok)` });
  },
  payment,
  'payment-undone': (desk) => {
    const row = pick([...desk.books.realm.table('Payment').values()], desk.act.which);
    if (row !== undefined) desk.books.realm.takeBack(row.Id);
  },
  'number-taken': takeNumber,
  'void-pass': (desk) => request(desk, 'void-pass', {}),
  'payment-pass': (desk) => request(desk, 'payment-pass', {}),
  'clear-run': async (desk) => {
    await clearRun(desk.worker().services, desk.books.tenant, { force: true, by: 'person' });
  },
  pause: pauseAndResume,
  look,
  'line-late': (desk) => {
    const invoice = pick(unposted(desk), desk.act.which);
    // A line without an amount is missed by no sum; only Autotask's own word that it is done can help there.
    const line = linesOf(desk.books).find(
      (one) => one['invoiceID'] === invoice?.id && !/^-?[0.]+$/.test(text(one['totalAmount'])),
    );
    if (line === undefined) return;
    line.hiddenUntil = desk.kernel.now + 120_000;
    desk.books.touched.linesBackAt = line.hiddenUntil;
  },
};

/** Does one act; what the product refuses a person is no fault. */
export async function actOut(desk: Desk): Promise<void> {
  await deeds[desk.act.kind](desk);
}
