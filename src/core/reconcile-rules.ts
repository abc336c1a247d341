/** The rules of reconciliation for one Autotask invoice: what was promised when it was posted, against what is there now. Pure. */
import { amountText, decimal, sum, ZERO, type Decimal } from './money.ts';
import { problem, type Problem, type ProblemCode, type ProblemFacts } from './problem.ts';
import type { BookedInvoice, Finding, Group, LedgerCopy, ReconcileRules, SourceAmounts } from './reconcile.ts';
import type { SourceInvoice } from './source.ts';

/** Problems that the ledger itself holds open about what is in QuickBooks: told again until they are cured. */
const STANDING: ReadonlySet<ProblemCode> = new Set(['differs-after-post', 'write-back-failed']);

interface Found {
  readonly problem: Problem;
  readonly quickbooksId: string;
}

/** Everything that is wrong about this invoice, each thing once. */
export function findingsOf(group: Group, amounts: SourceAmounts | null, rules: ReconcileRules): Finding[] {
  const found: Found[] = [];
  const say = (code: ProblemCode, quickbooksId: string | null, facts: ProblemFacts): void => {
    const all = { invoiceId: String(group.invoiceId), ...facts };
    found.push({ problem: problem(code, all), quickbooksId: quickbooksId ?? '' });
  };
  const marked = group.copies.findLast((copy) => copy.isMarked && copy.state === 'written_back');
  for (const copy of group.copies) {
    if (copy.state !== 'posted' && copy.state !== 'written_back' && copy.state !== 'voided') continue;
    const row = group.booked.find((one) => one.id === copy.quickbooksId);
    if (copy.state !== 'voided') aboutBooks(group, copy, row, amounts, rules, say);
    if (row !== undefined && !row.isVoided) aboutVoids(group, copy, row, say);
    if (group.source !== null && copy.state !== 'voided') {
      aboutSource(group.source, copy, amounts, say);
      if (row !== undefined && !row.isVoided && !group.source.isVoided)
        aboutPayments(group.source, copy, row, rules, say);
      if (copy === marked) aboutMarks(group.source, copy, say);
    }
    if (row !== undefined && !row.isVoided)
      for (const one of copy.problems)
        if (STANDING.has(one.code) && !found.some((other) => other.quickbooksId === row.id))
          found.push({ problem: one, quickbooksId: row.id });
  }
  aboutStrangers(group, rules, say);
  aboutUnseen(group, rules, say);
  const { company } = group;
  const invoiceNumber = group.source?.number ?? group.copies[0]?.invoiceNumber ?? '';
  return found.map(({ problem: { code, who, text, remedy, facts }, quickbooksId }) => ({
    code,
    who,
    text,
    remedy,
    autotaskInvoiceId: group.invoiceId,
    invoiceNumber,
    company,
    quickbooksId,
    field: facts['field'] ?? '',
  }));
}

type Say = (code: ProblemCode, quickbooksId: string | null, facts: ProblemFacts) => void;

const numberOf = (copy: LedgerCopy): string => copy.quickbooksNumber ?? '(no number)';

/** Is it in QuickBooks as it was posted? */
function aboutBooks(
  group: Group,
  copy: LedgerCopy,
  row: BookedInvoice | undefined,
  amounts: SourceAmounts | null,
  rules: ReconcileRules,
  say: Say,
): void {
  const facts = { quickbooksNumber: numberOf(copy), quickbooksId: copy.quickbooksId ?? '' };
  if (row === undefined) {
    const isFresh = copy.postedAt !== null && copy.postedAt > rules.staleSince;
    // Voided on one side and gone on the other: nothing of it is owed.
    if (!isFresh && group.source?.isVoided !== true) say('deleted-in-quickbooks', copy.quickbooksId, facts);
    return;
  }
  if (row.isVoided) {
    if (group.source?.isVoided !== true) say('voided-in-quickbooks', row.id, facts);
    return;
  }
  if (group.source === null) say('source-missing', row.id, facts);
  if (!copy.isByHand && !row.markers.some((marker) => isMarkOf(marker, copy, rules)))
    say('marker-missing', row.id, facts);
  for (const [field, now, then] of editsOf(copy, row, amounts))
    say('edited-in-quickbooks', row.id, { ...facts, field, found: now, wanted: then });
}

const isMarkOf = (
  marker: BookedInvoice['markers'][number],
  copy: Pick<LedgerCopy, 'invoiceId' | 'copyNumber'>,
  rules: ReconcileRules,
): boolean =>
  marker.connectionKey === rules.connectionKey &&
  marker.invoiceId === copy.invoiceId &&
  marker.copyNumber === copy.copyNumber;

type Edit = readonly [field: string, now: string, then: string];

/** What a person changed since; a difference that was corrected to Autotask's amounts is no finding. */
function editsOf(copy: LedgerCopy, row: BookedInvoice, amounts: SourceAmounts | null): Edit[] {
  const edits: Edit[] = [];
  const { quickbooksTotal, quickbooksTax, sent } = copy;
  if (quickbooksTotal !== null && quickbooksTax !== null) {
    const isCorrected = amounts !== null && row.total.eq(amounts.total) && row.tax.eq(amounts.tax);
    const [net, tax] = [row.total.minus(row.tax), row.tax];
    const posted = quickbooksTotal.minus(quickbooksTax);
    const lines = linesEdit(sent?.lines ?? null, row.lines, net.eq(posted));
    if (lines !== null) edits.push(lines);
    else if (!isCorrected && !net.eq(posted)) edits.push(['total', amountText(row.total), amountText(quickbooksTotal)]);
    if (!isCorrected && !tax.eq(quickbooksTax)) edits.push(['tax', amountText(tax), amountText(quickbooksTax)]);
  }
  if (copy.customerId !== null && row.customerId !== copy.customerId)
    edits.push(['customer', row.customerName || `id ${row.customerId}`, copy.companyName ?? `id ${copy.customerId}`]);
  if (sent !== null && sent.date !== null && row.date !== null && row.date !== sent.date)
    edits.push(['date', row.date, sent.date]);
  if ((row.number ?? '') !== (copy.quickbooksNumber ?? ''))
    edits.push(['number', row.number ?? '(none)', numberOf(copy)]);
  return edits;
}

/** Another count of lines, or other amounts that add up to the same: a changed sum is told as a sum. */
function linesEdit(sent: readonly string[] | null, now: readonly string[], isSameNet: boolean): Edit | null {
  if (sent === null) return null;
  const told = (lines: readonly string[]): string =>
    `${String(lines.length)} ${lines.length === 1 ? 'line' : 'lines'} of ${amountText(totalOf(lines))}`;
  const isSame = sent.toSorted().join() === now.toSorted().join();
  if (isSame || (sent.length === now.length && !isSameNet)) return null;
  return ['lines', told(now), told(sent)];
}

const totalOf = (lines: readonly string[]): Decimal => sum(lines.map((line) => decimal(line)));

function aboutVoids(group: Group, copy: LedgerCopy, row: BookedInvoice, say: Say): void {
  if (copy.state === 'voided' || group.source?.isVoided === true)
    say('voided-in-autotask', row.id, { quickbooksNumber: numberOf(copy), total: amountText(row.total) });
}

/** Is Autotask's invoice still the one that was posted? */
function aboutSource(source: SourceInvoice, copy: LedgerCopy, amounts: SourceAmounts | null, say: Say): void {
  if (source.isVoided || amounts === null) return;
  const changed = (field: string, now: string, then: string): void =>
    say('changed-in-autotask', copy.quickbooksId, {
      quickbooksNumber: numberOf(copy),
      field,
      found: now,
      wanted: then,
    });
  if (copy.sourceTotal !== null && !amounts.total.eq(copy.sourceTotal))
    changed('total', amountText(amounts.total), amountText(copy.sourceTotal));
  if (copy.sourceTax !== null && !amounts.tax.eq(copy.sourceTax))
    changed('tax', amountText(amounts.tax), amountText(copy.sourceTax));
  if (copy.companyId !== null && source.companyId !== copy.companyId)
    changed('company', `id ${String(source.companyId)}`, copy.companyName ?? `id ${String(copy.companyId)}`);
  if (copy.invoiceDate !== null && source.invoiceDate !== copy.invoiceDate)
    changed('date', source.invoiceDate, copy.invoiceDate);
}

/** Autotask's marks, against those of the copy that was written back last. */
function aboutMarks(source: SourceInvoice, copy: LedgerCopy, say: Say): void {
  const number = source.number?.trim() ?? '';
  const isCleared = source.processedAt === null || (copy.markNumber !== null && number === '');
  if (isCleared) say('cleared-in-autotask', copy.quickbooksId, { quickbooksNumber: numberOf(copy) });
  else if (copy.markNumber !== null && source.number !== copy.markNumber)
    say('mark-changed-in-autotask', copy.quickbooksId, { found: source.number ?? '', wanted: copy.markNumber });
}

function aboutPayments(
  source: SourceInvoice,
  copy: LedgerCopy,
  row: BookedInvoice,
  rules: ReconcileRules,
  say: Say,
): void {
  const facts = { quickbooksNumber: numberOf(copy), balance: amountText(row.balance) };
  if (source.paidDate !== null && row.balance.gt(ZERO)) {
    const code = copy.paidOn === null ? 'paid-date-without-payment' : 'payment-reversed';
    say(code, row.id, { ...facts, paidOn: source.paidDate });
  }
  const isPaid = row.balance.eq(ZERO) && row.total.gt(ZERO);
  const isDue = row.updatedAt !== null && new Date(row.updatedAt).toISOString() < rules.paidBefore;
  if (rules.bringsPayments && isPaid && isDue && source.paidDate === null && copy.postedAt !== null)
    say('paid-date-missing', row.id, { ...facts, since: (copy.invoiceDate ?? copy.postedAt).slice(0, 10) });
}

/** Invoices with our mark beyond the ones that the ledger knows: doubled, or made by a ledger that is lost. */
function aboutStrangers(group: Group, rules: ReconcileRules, say: Say): void {
  const byCopy = new Map<number, BookedInvoice[]>();
  for (const row of group.booked) {
    const mark = row.markers.find(
      (one) => one.connectionKey === rules.connectionKey && one.invoiceId === group.invoiceId,
    );
    if (mark === undefined || row.isVoided) continue;
    byCopy.set(mark.copyNumber, [...(byCopy.get(mark.copyNumber) ?? []), row]);
  }
  const known = new Set(group.copies.flatMap((copy) => copy.quickbooksId ?? []));
  for (const [copyNumber, rows] of byCopy) {
    const state = group.copies.find((copy) => copy.copyNumber === copyNumber)?.state;
    // Its outcome is in doubt and is looked up within minutes; it is no finding yet.
    if (state === 'posting' || state === 'verifying') continue;
    const [first] = rows;
    if (rows.length > 1) {
      const copies = rows.map((row) => `${row.number ?? '(no number)'} (id ${row.id})`).join(', ');
      say('doubled-in-quickbooks', rows.find((row) => !known.has(row.id))?.id ?? '', { copies });
    } else if (first !== undefined && !known.has(first.id)) {
      const facts = { quickbooksNumber: first.number ?? '(no number)', quickbooksId: first.id };
      say(group.source === null ? 'source-missing' : 'unknown-to-ledger', first.id, facts);
    }
  }
}

/** Autotask has it, it could go, and no run has looked at it. */
function aboutUnseen({ source, copies, booked, byNumber }: Group, rules: ReconcileRules, say: Say): void {
  if (source === null || copies.length > 0 || booked.length > 0 || byNumber.length > 0) return;
  if (source.createdAt < rules.seenBefore && rules.isEligible(source))
    say('never-seen', null, { createdAt: source.createdAt });
}
