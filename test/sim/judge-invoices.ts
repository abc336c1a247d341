/** Invariants 1 to 5, 7 and 12: invoice by invoice, from both vendors' states. */
import { centsOf, cents, fine, shown, sumOf, type Numeric } from './exact.ts';
import type { Evidence, TransferRow } from './oracle.ts';
import { invoicesOf, linesOf, type Books, type Made } from './world.ts';

type Row = Record<string, unknown>;
type Tell = (violation: string) => void;
interface Ledger {
  readonly transfers: readonly TransferRow[];
  readonly markerKey: string;
}
interface Form extends Made {
  readonly key: string;
  readonly invoiceId: number;
  readonly copy: number;
}

const money = (value: unknown): Numeric => value as Numeric;
const refOf = (value: unknown): string | null => (value as { value?: string } | undefined)?.value ?? null;
/** As the generator spells names for QuickBooks; letter case does not count there. */
const spelled = (name: unknown): string =>
  String(name).replaceAll(':', '-').replaceAll('’', "'").replaceAll(/\s+/g, ' ').trim().toLowerCase();

export function judgeInvoices(evidence: Evidence, books: Books, ledger: Ledger, tell: Tell): void {
  const forms = formsOf(books, ledger, tell);
  for (const invoice of invoicesOf(books).values()) {
    const mine = forms.filter((form) => form.invoiceId === invoice.id);
    judgeCopies(evidence, books, ledger, { invoice, mine }, tell);
    for (const form of mine) judgeForm(evidence, books, ledger, { invoice, form }, tell);
    judgeMarks(evidence, books, ledger, { invoice, mine }, tell);
    judgeSource(books, invoice, tell);
  }
  judgeNames(books, forms, tell);
}

/** Every sales form that nobody but us made, with the one marker that says whose it is (invariants 2 and 7). */
function formsOf(books: Books, ledger: Ledger, tell: Tell): Form[] {
  return books.made.flatMap((made) => {
    if ((made.entity !== 'Invoice' && made.entity !== 'CreditMemo') || books.touched.strangers.has(made.id)) return [];
    const note = String(made.row['PrivateNote'] ?? '');
    const marks = [...note.matchAll(/LF:([A-Za-z0-9]+):(\d+):(\d+)/g)];
    const [mark] = marks;
    if (mark === undefined || marks.length !== 1) {
      tell(`2: ${made.entity} ${made.id} traces to ${String(marks.length)} invoices`);
      return [];
    }
    const [, key = '', id, copy] = mark;
    if (key !== ledger.markerKey) tell(`7: ${made.entity} ${made.id} carries the key ${key} of another connection`);
    if (!invoicesOf(books).has(Number(id))) tell(`2: ${made.entity} ${made.id} belongs to no invoice of Autotask`);
    return [{ ...made, key, invoiceId: Number(id), copy: Number(copy) }];
  });
}

/** Exactly once, plus one per audited overwrite; or an open, reported reason (invariant 1). */
function judgeCopies(
  evidence: Evidence,
  books: Books,
  ledger: Ledger,
  { invoice, mine }: { invoice: Row & { id: number }; mine: readonly Form[] },
  tell: Tell,
): void {
  const id = String(invoice.id);
  const { touched } = books;
  // Somebody deleted it in QuickBooks before we had its answer: nothing of it is there, so it goes again (seed 2816).
  const isUnknownAndGone = (form: Form): boolean =>
    touched.deleted.has(form.id) &&
    ledger.transfers.some(
      (one) => one.autotask_invoice_id === invoice.id && one.copy_number === form.copy && one.postings <= 1,
    );
  for (const copy of new Set(mine.map((form) => form.copy))) {
    const same = mine.filter((form) => form.copy === copy && !touched.repeated.has(form.id) && !isUnknownAndGone(form));
    if (same.length > 1)
      tell(
        `1: invoice ${id} copy ${String(copy)} was made ${String(same.length)} times: ${same.map((one) => one.id).join(', ')}`,
      );
  }
  const overwrites = mine.filter((form) => form.copy > 0).length;
  if (overwrites > (touched.overwritten.get(invoice.id) ?? 0))
    tell(`1: invoice ${id} has ${String(overwrites)} more copies than people asked for`);
  const row = ledger.transfers.find((one) => one.autotask_invoice_id === invoice.id && one.copy_number === 0);
  // A person overwrote what somebody had typed under its number: that copy is the invoice (seed 1699).
  if (touched.numberTaken.has(invoice.id) && mine.some((form) => form.copy > 0)) return;
  const isThere = mine.some((form) => form.copy === 0);
  // What a person changed in QuickBooks before we had its answer is not adopted: it must be live and its total agree (seeds 11, 4818). It is told as such.
  const isUntouched = mine.some(
    (form) => form.copy === 0 && !touched.edited.has(form.id) && !touched.voided.has(form.id),
  );
  if (
    isUntouched &&
    row?.quickbooks_id === null &&
    ['waiting', 'parked', 'held', 'skipped', 'ready', 'seen'].includes(row.state)
  )
    tell(`1: invoice ${id} is in QuickBooks, but the ledger says ${row.state} ${row.problems[0]?.code ?? ''}`);
  for (const one of ledger.transfers.filter((transfer) => transfer.autotask_invoice_id === invoice.id))
    if (
      one.quickbooks_id !== null &&
      !mine.some((form) => form.id === one.quickbooks_id && form.copy === one.copy_number)
    )
      tell(`1: invoice ${id} copy ${String(one.copy_number)} is said to be ${one.quickbooks_id}, which is another one`);
  if (isThere) judgePermission(evidence, books, invoice.id, tell);
  if (isThere) return;
  const codes = row?.problems.map((one) => one.code) ?? [];
  if (row !== undefined && ['posted', 'written_back', 'voided'].includes(row.state))
    return tell(`1: invoice ${id} is lost: the ledger says ${row.state}, QuickBooks never had it`);
  if (row !== undefined && row.state !== 'posting' && row.state !== 'verifying' && codes.length === 0)
    tell(`1: invoice ${id} is ${row.state} without a reason`);
  if (books.clean.has(invoice.id) && !isExcused(evidence, books, invoice.id, row))
    tell(
      `1: invoice ${id} could be posted and was not: ${row?.state ?? 'no row'} ${codes.join(' ')}: ${row?.problems[0]?.text ?? ''}`,
    );
  if (row === undefined && !touched.paused && !touched.voidedInAutotask.has(invoice.id))
    tell(`1: invoice ${id} was never seen`);
}

/** Nothing is posted that a rule or a person's review keeps back, unless a person said so (invariant 1: eligible ones only). */
function judgePermission(evidence: Evidence, books: Books, id: number, tell: Tell): void {
  const acts = evidence.plan.acts.filter((act) => act.connection === books.index).map((act) => act.kind);
  const isAllowed = acts.some((kind) =>
    ['approve', 'copy', 'overwrite', 'decide', 'release', 'settings'].includes(kind),
  );
  if (isAllowed) return;
  const obstacle = books.obstacles.get(id);
  // Of two companies with one name the other's invoice was voided (seed 204), put aside (seed 4650) or not yet finished
  // (seed 11583): the first that comes is not ambiguous yet.
  const { voidedInAutotask, held, doneByHand } = books.touched;
  const mayComeLater = acts.includes('line-late') || voidedInAutotask.size + held.size + doneByHand.size > 0;
  if (obstacle === 'ambiguous-company' && mayComeLater) return;
  if (obstacle !== undefined) tell(`1: invoice ${String(id)} was posted in spite of its obstacle: ${obstacle}`);
  if (books.plan.review) tell(`1: invoice ${String(id)} was posted without anybody's approval`);
}

/** Reasons that stand between a clean invoice and QuickBooks, each with what must have happened for it. */
function isExcused(evidence: Evidence, books: Books, id: number, row: TransferRow | undefined): boolean {
  const { touched, plan } = books;
  const codes = row?.problems.map((one) => one.code) ?? [];
  if (touched.voidedInAutotask.has(id) || touched.held.has(id) || touched.doneByHand.has(id)) return true;
  // A decision frees or ends whatever waits for its cause when it is carried out, also what joined it after the person looked.
  const isDecided = evidence.plan.acts.some((act) => act.connection === books.index && act.kind === 'decide');
  if (isDecided && (codes.includes('marked-done') || row?.state === 'held')) return true;
  if (touched.numberTaken.has(id) && codes.includes('number-in-use')) return true;
  if (plan.review && row?.state === 'ready' && codes.includes('awaits-approval')) return true;
  if (codes.includes('settling') || touched.paused) return true;
  if (
    touched.settings &&
    codes.some((code) =>
      [
        'item-missing',
        'customer-create-limit',
        'customer-missing',
        'tax-differs',
        'default-item-missing',
        'zero-total',
      ].includes(code),
    )
  )
    return true;
  const refusals = evidence.plan.faults.some(
    (fault) => fault.kind === 'items-refused' || fault.kind === 'batch-refused',
  );
  if (refusals && codes.includes('refused-by-quickbooks')) return true;
  return codes.includes('zero-total');
}

/** To the cent; currency, date, terms, customer and items right (invariant 3). */
function judgeForm(
  evidence: Evidence,
  books: Books,
  ledger: Ledger,
  { invoice, form }: { invoice: Row & { id: number }; form: Form },
  tell: Tell,
): void {
  const at = `3: ${form.entity} ${form.id} of invoice ${String(invoice.id)}`;
  const source = linesOf(books).filter((line) => line['invoiceID'] === invoice.id && line.isHidden !== true);
  const lines = ((form.row['Line'] as Row[] | undefined) ?? []).filter(
    (line) => line['DetailType'] === 'SalesItemLineDetail',
  );
  const net = centsOf(sumOf(source.map((line) => fine(money(line['totalAmount'])))));
  const tax = centsOf(fine(money(invoice['totalTaxValue'])));
  const row = ledger.transfers.find((one) => one.autotask_invoice_id === invoice.id && one.copy_number === form.copy);
  const isTold = row?.problems.some((one) => one.code === 'differs-after-post') === true || books.touched.settings;
  const total = cents(money(form.row['TotalAmt']));
  if (total !== net + tax && !isTold) tell(`${at}: the total is ${shown(total)} instead of ${shown(net + tax)}`);
  const sum = sumOf(lines.map((line) => cents(money(line['Amount']))));
  if (sum !== net) tell(`${at}: its lines are ${shown(sum)} instead of ${shown(net)}`);
  if (lines.length !== source.length && !books.touched.settings)
    tell(`${at}: ${String(lines.length)} lines instead of ${String(source.length)}`);
  judgeLines(books, source, lines, at, tell);
  const company = books.autotask.data.tables.get('Companies')?.get(Number(invoice['companyID']));
  const customer = books.realm.table('Customer').get(refOf(form.row['CustomerRef']) ?? '');
  if (spelled(customer?.['DisplayName']) !== spelled(company?.['companyName']) && !books.touched.settings)
    tell(`${at}: billed to ${String(customer?.['DisplayName'])} instead of ${String(company?.['companyName'])}`);
  const date = String(invoice['invoiceDateTime']).slice(0, 10);
  if (form.row['TxnDate'] !== date) tell(`${at}: dated ${String(form.row['TxnDate'])} instead of ${date}`);
  if (refOf(form.row['CurrencyRef']) !== 'USD') tell(`${at}: currency ${String(refOf(form.row['CurrencyRef']))}`);
  const wantedTerm = books.autotask.data.tables.get('PaymentTerms')?.get(Number(invoice['paymentTerm']))?.['name'];
  const term = [...books.realm.table('Term').values()].find((one) => one['Name'] === wantedTerm)?.Id ?? null;
  // Where the list of terms is refused, the due date stands for the term (seeds 2679, 5367).
  const isRefused = evidence.plan.faults.some(
    (fault) => 'operation' in fault && fault.operation === 'source-list' && fault.connection === books.index,
  );
  const isDue =
    refOf(form.row['SalesTermRef']) === null && form.row['DueDate'] === String(invoice['dueDate']).slice(0, 10);
  if (refOf(form.row['SalesTermRef']) !== term && !(isRefused && isDue))
    tell(`${at}: its term is not ${String(wantedTerm)}`);
  const number =
    books.plan.numbering === 'quickbooks'
      ? null
      : books.plan.numbering === 'autotask-id'
        ? String(invoice.id)
        : ownNumberOf(books, invoice.id);
  if (number !== null && form.row['DocNumber'] !== number) tell(`${at}: numbered ${String(form.row['DocNumber'])}`);
}

/** The id stands in for a mark that the old app left. */
const ownNumberOf = (books: Books, id: number): unknown => {
  const number = books.given.get(id)?.['invoiceNumber'];
  return number === 'ERROR' ? String(id) : number;
};

/** Line by line in Autotask's order: the item by its billing code, the amount within the cent that spreading may move. */
function judgeLines(books: Books, source: readonly Row[], lines: readonly Row[], at: string, tell: Tell): void {
  if (lines.length !== source.length) return;
  const inOrder = source.toSorted(
    (a, b) => Number(a['sortOrderID']) - Number(b['sortOrderID']) || Number(a['id']) - Number(b['id']),
  );
  for (const [index, wanted] of inOrder.entries()) {
    const line = lines[index] ?? {};
    const exact = fine(money(wanted['totalAmount']));
    const off = cents(money(line['Amount'])) * 100n - exact;
    if (off >= 150n || off <= -150n) tell(`${at}: line ${String(index + 1)} is ${shown(cents(money(line['Amount'])))}`);
    const code = books.autotask.data.tables.get('BillingCodes')?.get(Number(wanted['billingCodeID']));
    const item = books.realm
      .table('Item')
      .get(refOf((line['SalesItemLineDetail'] as Row | undefined)?.['ItemRef']) ?? '');
    if (String(item?.['Name']).toLowerCase() !== String(code?.['name']).toLowerCase() && !books.touched.settings)
      tell(
        `${at}: line ${String(index + 1)} has the item ${String(item?.['Name'])} instead of ${String(code?.['name'])}`,
      );
  }
}

/** Number and date of processing only where QuickBooks has it, and everywhere it has it (4); the paid date (5). */
function judgeMarks(
  evidence: Evidence,
  books: Books,
  ledger: Ledger,
  { invoice, mine }: { invoice: Row & { id: number }; mine: readonly Form[] },
  tell: Tell,
): void {
  const id = String(invoice.id);
  const { touched } = books;
  const isMarked = invoice['webServiceDate'] !== null;
  if (isMarked && mine.length === 0) tell(`4: invoice ${id} is marked, and QuickBooks never had it`);
  const numbers = new Set(mine.map((form) => form.row['DocNumber']));
  const given = books.given.get(invoice.id)?.['invoiceNumber'] ?? null;
  if (invoice['invoiceNumber'] !== given && invoice['invoiceNumber'] !== null && !numbers.has(invoice['invoiceNumber']))
    tell(`4: invoice ${id} got the number ${String(invoice['invoiceNumber'])} that no form of it has`);
  const rows = ledger.transfers.filter((one) => one.autotask_invoice_id === invoice.id);
  const isTold = rows.some((one) =>
    one.problems.some((cause) => ['write-back-failed', 'cleared-in-autotask'].includes(cause.code)),
  );
  const isNumbered = numbers.has(invoice['invoiceNumber']) || books.plan.numbering !== 'quickbooks';
  if (isMarked && mine.length > 0 && !isNumbered && !touched.cleared.has(invoice.id))
    tell(`4: invoice ${id} is marked without its number`);
  const gone = mine.every((form) =>
    [touched.deleted, touched.voided, touched.edited].some((changed) => changed.has(form.id)),
  );
  if (
    mine.length > 0 &&
    !isMarked &&
    !isTold &&
    !touched.cleared.has(invoice.id) &&
    !gone &&
    evidence.unsettled.length === 0
  )
    tell(`4: invoice ${id} is in QuickBooks and not marked; ${rows.map((one) => one.state).join(', ')}`);
  judgePaid(books, { invoice, mine, rows }, tell);
}

function judgePaid(
  books: Books,
  { invoice, mine, rows }: { invoice: Row & { id: number }; mine: readonly Form[]; rows: readonly TransferRow[] },
  tell: Tell,
): void {
  const paid = invoice['paidDate'];
  if (paid === null || paid === undefined) return;
  const live = mine.flatMap((form) => books.realm.table(form.entity).get(form.id) ?? []);
  const isTold = rows.some((one) => one.problems.some((cause) => cause.code === 'payment-reversed'));
  const settled = live.some((row) => cents(money(row['Balance'])) === 0n);
  if (!settled && !isTold && books.made.every((one) => one.entity !== 'Payment'))
    tell(`5: invoice ${String(invoice.id)} is paid on ${String(paid)} without any payment`);
  const payments = books.made.filter((one) => one.entity === 'Payment').map((one) => String(one.row['TxnDate']));
  if (payments.length > 0 && !payments.includes(String(paid).slice(0, 10)))
    tell(`5: invoice ${String(invoice.id)} is paid on ${String(paid)}, no payment is of that day`);
}

const OWN_FIELDS = new Set(['invoiceNumber', 'webServiceDate', 'paidDate']);
const PEOPLES_FIELDS = new Set(['isVoided', 'voidedDate', 'voidedByResourceID']);

/** Nothing of Autotask's changed but the three fields that we own (invariant 12). */
function judgeSource(books: Books, invoice: Row & { id: number }, tell: Tell): void {
  const given = books.given.get(invoice.id) ?? {};
  for (const field of new Set([...Object.keys(invoice), ...Object.keys(given)])) {
    if (OWN_FIELDS.has(field)) continue;
    if (PEOPLES_FIELDS.has(field) && books.touched.voidedInAutotask.has(invoice.id)) continue;
    if (invoice[field] !== given[field as keyof typeof given])
      tell(`12: ${field} of invoice ${String(invoice.id)} changed`);
  }
}

/** No customer and no item that no invoice asked for, and none twice (invariant 2). */
function judgeNames(books: Books, forms: readonly Form[], tell: Tell): void {
  const companies = new Set([...invoicesOf(books).values()].map((row) => Number(row['companyID'])));
  const wanted = new Set(
    [...companies].map((id) => spelled(books.autotask.data.tables.get('Companies')?.get(id)?.['companyName'])),
  );
  for (const made of books.made.filter(
    (one) => one.entity === 'Customer' && !books.namesAtStart.customers.has(String(one.row['DisplayName'])),
  )) {
    const isUsed = forms.some((form) => refOf(form.row['CustomerRef']) === made.id);
    if (!isUsed && !wanted.has(spelled(made.row['DisplayName'])))
      tell(`2: customer ${String(made.row['DisplayName'])} was asked for by nobody`);
  }
  const codes = new Set(
    [...(books.autotask.data.tables.get('BillingCodes')?.values() ?? [])].map((row) => String(row['name'])),
  );
  for (const made of books.made.filter(
    (one) => one.entity === 'Item' && !books.namesAtStart.items.has(String(one.row['Name'])),
  ))
    if (!codes.has(String(made.row['Name']))) tell(`2: item ${String(made.row['Name'])} was asked for by nobody`);
}
