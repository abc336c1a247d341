/**
 * Problems: expected obstacles as values, one closed list. Adding a code without its sentence and remedy does not compile.
 * `who` acts, `next` is what the engine does meanwhile. Facts fill the braces of the sentences; they are shown, stored and
 * counted, and never hold a secret.
 */
import { afterKinds } from './after-problems.ts';
import { copyKinds } from './copy-problems.ts';
import { driftKinds } from './drift-problems.ts';

export type Who = 'bookkeeper' | 'admin' | 'us' | 'nobody';
/** retry: by itself, soon · wait: by itself, when time has passed · verify: look up before anything else · park: a person acts first. */
export type Next = 'retry' | 'wait' | 'verify' | 'park';

export interface ProblemKind {
  readonly who: Who;
  readonly next: Next;
  /** What is the matter, in the bookkeeper's words. */
  readonly text: string;
  /** What to do about it, and what then happens by itself. */
  readonly remedy: string;
}

export type ProblemFacts = Readonly<Record<string, string>>;

export interface Problem extends ProblemKind {
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;
}

const kinds = {
  settling: {
    who: 'nobody',
    next: 'wait',
    text: 'Autotask created this invoice only at {createdAt}; it may still be adding lines.',
    remedy: 'Nothing to do: it goes with the first run after {settledAt}.',
  },
  'still-moving': {
    who: 'nobody',
    next: 'wait',
    text: 'This young invoice changed between two reads; Autotask is still working on it.',
    remedy: 'Nothing to do: it goes once two reads in a row agree.',
  },
  voided: {
    who: 'nobody',
    next: 'park',
    text: 'The invoice was voided in Autotask before it was posted.',
    remedy: 'Nothing to do. A new invoice for the same work comes with a new Autotask id.',
  },
  'already-marked': {
    who: 'nobody',
    next: 'park',
    text: 'Autotask’s mark says that it is done already: {mark}. Another program set it, or a person who marked it done.',
    remedy:
      'If it is not in QuickBooks, choose “Copy to QuickBooks” on the invoice (terminal: invoices copy {invoiceId}), or clear the mark in Autotask and the next run takes it; if it is, adopt it (terminal: invoices adopt {invoiceId}).',
  },
  'not-visible': {
    who: 'admin',
    next: 'wait',
    text: 'Autotask no longer shows this invoice to the API user.',
    remedy: 'Give the API user every line of business in Autotask (Admin, Resources, the API user, Associations).',
  },
  'outside-window': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was created on {createdOn}, before the window of {maxAgeDays} days.',
    remedy:
      'Choose “Copy to QuickBooks” on the invoice (terminal: invoices copy {invoiceId}), or raise “How far to look back” in the settings (terminal: settings set invoices.maxAgeDays=DAYS).',
  },
  'leaving-window': {
    who: 'bookkeeper',
    next: 'wait',
    text: 'It is not in QuickBooks yet, and {leaves} it leaves the window of {maxAgeDays} days.',
    remedy:
      'Cure what is in its way before; afterwards it goes only by “Copy to QuickBooks” on the invoice (terminal: invoices copy ID).',
  },
  'before-cut-over': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was created on {createdOn}, before the cut-over date {notBefore}.',
    remedy:
      'If Ledgerferry shall post it, set an earlier date at “Leave out invoices created before” in the settings (terminal: settings set invoices.notBefore=DATE), or choose “Copy to QuickBooks” on the invoice (terminal: invoices copy {invoiceId}).',
  },
  'legacy-error': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The old app left the mark ERROR in this invoice’s number.',
    remedy:
      'Look whether it is in QuickBooks already. If it is not, release it (terminal: invoices release {invoiceId}), or clear the invoice number in Autotask (Contracts, Invoice History); the next run takes it.',
  },
  'cleared-in-autotask': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is in QuickBooks as {quickbooksNumber}, but somebody cleared its mark in Autotask.',
    remedy:
      'It is not posted again by itself. If a second copy is wanted, choose “Copy again (overwrite)” on the invoice (terminal: invoices copy {invoiceId} --overwrite).',
  },
  'already-in-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is already in QuickBooks as {quickbooksNumber} (id {quickbooksId}); nothing was saved.',
    remedy:
      'If a second copy is wanted, choose “Copy again (overwrite)” on the invoice (terminal: invoices copy {invoiceId} --overwrite), then void the older one in QuickBooks.',
  },
  'on-hold': {
    who: 'bookkeeper',
    next: 'park',
    text: 'A person put it on hold: {reason}.',
    remedy: 'When it may be posted, choose “Release” on the invoice (terminal: invoices release ID).',
  },
  'awaits-approval': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Review is on: nobody has approved this draft yet.',
    remedy:
      'Look at what would be sent and choose “Approve” on the invoice (terminal: invoices preview {invoiceId}, then invoices approve {invoiceId}).',
  },
  'no-lines': {
    who: 'admin',
    next: 'park',
    text: 'Autotask shows no lines for this invoice, but a total of {total}.',
    remedy:
      'The API user is probably missing a line of business: give it all of them in Autotask, and it goes with the next run.',
  },
  'lines-do-not-add-up': {
    who: 'admin',
    next: 'park',
    text: 'The lines that Autotask shows add up to {linesTotal}, the invoice says {total} (tax {tax}).',
    remedy:
      'Some lines are hidden from the API user: give it every line of business in Autotask, and it goes with the next run.',
  },
  'unreadable-invoice': {
    who: 'us',
    next: 'park',
    text: 'Autotask sent this invoice in a form that cannot be read: {detail}.',
    remedy: 'Send us the troubleshooting bundle; the other invoices are not affected.',
  },
  'unsupported-characters': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The {field} holds letters that QuickBooks cannot store (a US company takes Latin letters only): {value}.',
    remedy: 'Write it in Latin letters in Autotask, or link the company or billing code by hand.',
  },
  'too-many-lines': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It has {lines} lines; QuickBooks takes at most {limit} on {kind} invoices.',
    remedy: 'Void it in Autotask and invoice in two parts, or group its lines.',
  },
  'negative-total': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The invoice total must be zero or greater; this one is {total}.',
    remedy:
      'Void and correct it in Autotask, or choose “Make a credit memo” at “A total below zero” in the settings (terminal: settings set negative.invoices=credit-memo).',
  },
  'zero-total': {
    who: 'nobody',
    next: 'park',
    text: 'Its total is zero, and the settings skip such invoices.',
    remedy:
      'Nothing to do. To post them, turn off “Leave out invoices of zero” in the settings (terminal: settings set zero.skipInvoices=false).',
  },
  'number-too-long': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Its number {number} has {length} characters; QuickBooks takes 21.',
    remedy:
      'Shorten the prefix of Autotask’s numbering, or use Autotask’s invoice id at “Whose number the invoice carries” in the settings (terminal: settings set invoices.numbering=autotask-id).',
  },
  'number-in-use': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks already has an invoice {number} (id {quickbooksId}) that Ledgerferry did not make.',
    remedy:
      'If it is this very invoice, adopt it (terminal: invoices adopt {invoiceId}); otherwise give one of the two another number.',
  },
  'number-of-another': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Ledgerferry has posted another Autotask invoice (id {otherInvoiceId}) under this number: {number} is in QuickBooks as id {quickbooksId}.',
    remedy:
      'Give one of the two another number in Autotask, or use Autotask’s invoice id at “Whose number the invoice carries” in the settings (terminal: settings set invoices.numbering=autotask-id).',
  },
  'found-but-different': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks holds our copy as id {quickbooksId}, but its {field} is {found} instead of {wanted}.',
    remedy:
      'Somebody changed it in QuickBooks: put it right there and it is taken with the next run, or delete it there and it is posted anew.',
  },
  'custom-numbers-on': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks shall number the invoices, but its setting “Custom transaction numbers” is on: they would have no number.',
    remedy: 'Turn it off in QuickBooks (Settings, Account and settings, Sales), or choose another numbering.',
  },
  'custom-numbers-off': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask’s numbers shall be used, but QuickBooks’ setting “Custom transaction numbers” is off.',
    remedy: 'Turn it on in QuickBooks (Settings, Account and settings, Sales), or let QuickBooks number.',
  },
  'customer-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has no customer “{company}”.',
    remedy:
      'Create the customer there under this very name, link the company to another one, or choose “Create it” at “QuickBooks has no such customer” in the settings (terminal: settings set customers.whenMissing=create).',
  },
  'customer-near-match': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has no customer “{company}”, but one that is nearly so: “{candidate}” (id {quickbooksId}).',
    remedy: 'If it is the same, give both the same name; otherwise create “{company}” in QuickBooks.',
  },
  'customer-inactive': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The customer “{company}” is inactive in QuickBooks (id {quickbooksId}).',
    remedy: 'Make it active again in QuickBooks; its invoices go with the next run.',
  },
  'customer-create-limit': {
    who: 'bookkeeper',
    next: 'park',
    text: 'This run would create {count} customers, more than the limit of {limit}: {names}.',
    remedy:
      'If that is right, allow it once under “In the way”, or raise “New customers in one run, at most” in the settings (terminal: settings set customers.createLimitPerRun={count}).',
  },
  'ambiguous-company': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The companies {companies} would all become the customer “{customer}”.',
    remedy:
      'Give them different names in Autotask, or link each to its own customer under “Links”; a customer that QuickBooks lacks is made there first, under a name of its own.',
  },
  'company-unreadable': {
    who: 'admin',
    next: 'park',
    text: 'Autotask does not show company {companyId} to the API user.',
    remedy: 'Give the API user the right to read companies, and it goes with the next run.',
  },
  'name-in-use': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks refuses the new {kind} “{name}”: {holder} already has this name.',
    remedy: 'Rename one of the two (QuickBooks takes a name once over customers, vendors and employees).',
  },
  'item-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has no product or service “{item}”.',
    remedy:
      'Create it there under this very name, link the billing code to another one, or change “QuickBooks has no such item” in the settings (terminal: settings set items.whenMissing=create, or default with items.defaultItem).',
  },
  'item-is-category': {
    who: 'bookkeeper',
    next: 'park',
    text: '“{item}” is a category in QuickBooks, not a product or service.',
    remedy: 'Rename the category, or give the billing code another name or external number.',
  },
  'item-wrong-type': {
    who: 'bookkeeper',
    next: 'park',
    text: '“{item}” is of type {type} in QuickBooks and cannot be sold on a line.',
    remedy: 'Change its type to Service, or give the billing code another name or external number.',
  },
  'item-inactive': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The product or service “{item}” is inactive in QuickBooks (id {quickbooksId}).',
    remedy: 'Make it active again in QuickBooks; its invoices go with the next run.',
  },
  'item-ambiguous': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has several products or services that could be “{item}”: {candidates}.',
    remedy: 'Rename all but one, or use the external number of the billing code.',
  },
  'item-create-limit': {
    who: 'bookkeeper',
    next: 'park',
    text: 'This run would create {count} products or services, more than the limit of {limit}: {names}.',
    remedy:
      'If that is right, allow it once under “In the way”, or raise “New items in one run, at most” in the settings (terminal: settings set items.createLimitPerRun={count}).',
  },
  'no-billing-code': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The line “{line}” has no billing code, no product or service has its name, and no default item is set.',
    remedy: 'Choose a “Default item” for such lines in the settings (terminal: settings set items.defaultItem=NAME).',
  },
  'default-item-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The default item “{item}” is not in QuickBooks.',
    remedy: 'Choose a “Default item” that is, in the settings (terminal: settings set items.defaultItem=NAME).',
  },
  'income-account-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'New products and services ({items}) need an income account, and {account}.',
    remedy:
      'Choose the “Income account of new items” in the settings (terminal: settings set items.incomeAccount=NAME).',
  },
  'term-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has no payment term “{term}”.',
    remedy:
      'Create it in QuickBooks under this very name, or choose “Post without it” at “QuickBooks has no such payment term” in the settings (terminal: settings set terms.whenMissing=none).',
  },
  'tax-code-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has no tax code “{taxName}”.',
    remedy: 'Create the code in QuickBooks under the name of Autotask’s tax category or region.',
  },
  'tax-differs': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask’s tax is {autotaskTax}, QuickBooks would calculate {quickbooksTax}.',
    remedy:
      'Correct the rate or the tax category, or choose “Whose tax counts” in the settings (terminal: settings set tax.mode=quickbooks, or autotask).',
  },
  'foreign-customer-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: '“{company}” is billed in {currency}; a customer in a foreign currency must be made in QuickBooks first.',
    remedy: 'Create the customer there with currency {currency}; the currency can never be changed later.',
  },
  'currency-mismatch': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask bills “{company}” in {autotaskCurrency}; the QuickBooks customer is in {quickbooksCurrency}.',
    remedy: 'Make a customer in {autotaskCurrency} in QuickBooks and give it this name.',
  },
  'period-closed': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Its date {date} lies in the closed period (books closed up to {closedTo}).',
    remedy: 'Open the period in QuickBooks, or correct the date; it goes with the next run.',
  },
  'refused-by-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks refused it: {message} (code {code}).',
    remedy: 'Mend what QuickBooks names, then choose “Sync now” (terminal: invoices sync).',
  },
  'reference-inactive': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks says that something on it is missing or inactive: {message}.',
    remedy: 'Make the customer, item, term or tax code active again; it goes with the next run.',
  },
  'quickbooks-read-only': {
    who: 'admin',
    next: 'park',
    text: 'The QuickBooks company is read-only or its subscription has ended: {message}.',
    remedy: 'Renew the subscription in QuickBooks, then choose “Sync now” (terminal: invoices sync).',
  },
  'outcome-unknown': {
    who: 'nobody',
    next: 'verify',
    text: 'It was sent, and the answer was lost: {detail}.',
    remedy: 'Nothing to do: it is looked up in QuickBooks before anything else happens to it.',
  },
  'refused-for-now': {
    who: 'nobody',
    next: 'retry',
    text: '{vendor} asked to wait: {detail}.',
    remedy: 'Nothing to do: it is tried again by itself.',
  },
  'differs-after-post': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is in QuickBooks as {quickbooksNumber}, but its {field} there is {found}, in Autotask {wanted}.',
    remedy: 'Accept the difference, correct the invoice in QuickBooks, or void it there and copy again.',
  },
  'number-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is in QuickBooks, but QuickBooks gave it no number: “Custom transaction numbers” is on there.',
    remedy:
      'Turn it off in QuickBooks (Settings, Account and settings, Sales) and type a number into this invoice, or void it.',
  },
  'number-not-echoed': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks stored the number “{found}” instead of “{wanted}”.',
    remedy: 'Turn on “Custom transaction numbers” in QuickBooks and correct the number there.',
  },
  'write-back-failed': {
    who: 'admin',
    next: 'retry',
    text: 'It is in QuickBooks as {quickbooksNumber}, but Autotask did not take the mark: {detail}.',
    remedy: 'It is tried again with every run; check that the API user may update invoices.',
  },
  'deleted-in-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was posted as {quickbooksNumber} (id {quickbooksId}), and somebody deleted it in QuickBooks.',
    remedy:
      'If it shall be there again, choose “Copy again (overwrite)” on the invoice (terminal: invoices copy {invoiceId} --overwrite).',
  },
  'marked-done': {
    who: 'nobody',
    next: 'park',
    text: 'A person marked it done without posting: {reason}.',
    remedy:
      'Nothing to do. If it shall be posted after all, choose “Release” on the invoice (terminal: invoices release {invoiceId}).',
  },
  'class-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The settings name the QuickBooks class “{class}” for line of business {lineOfBusiness}; QuickBooks has no such class.',
    remedy:
      'Create the class in QuickBooks, or correct “Class for each line of business” in the settings (terminal: settings set class.byLineOfBusiness=TABLE).',
  },
  'run-stopped': {
    who: 'admin',
    next: 'retry',
    text: 'The run stopped: {detail}.',
    remedy:
      'The next run goes on where this one stopped. If it stays, look at the connection’s page (terminal: connection test), then get help under “In the way”, Troubleshoot (terminal: troubleshoot).',
  },
  bug: {
    who: 'us',
    next: 'park',
    text: 'Something went wrong inside Ledgerferry: {detail}.',
    remedy: 'Nothing of it was sent. Send us the troubleshooting bundle; the other invoices are not affected.',
  },
  ...copyKinds,
  ...afterKinds,
  ...driftKinds,
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof kinds;
export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = kinds;
export const problemCodes = Object.keys(kinds) as readonly ProblemCode[];

const fill = (sentence: string, facts: ProblemFacts): string =>
  sentence
    .replaceAll(/\{(\w+)\}/g, (_whole, name: string) => facts[name] ?? '?')
    // A vendor's own sentence ends with its full stop; ours follows.
    .replaceAll(/\.\.(?!\.)(?<!\.\.\.)/g, '.');

const LISTED_LETTERS = 2_000;

/** Names for a sentence, as many as fit: it stands at every invoice that waits, and a thousand names at each of a thousand are too much. */
export function nameList(names: readonly string[]): string {
  let room = LISTED_LETTERS;
  const listed = names.filter((name, at) => (room -= name.length + 2) >= 0 || at === 0);
  const more = names.length - listed.length;
  return listed.join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** The cure of several invoices that one cause holds back: it names none of them. A code of an older version keeps its own words. */
export function remedyOfAll(one: {
  readonly code: string;
  readonly remedy: string;
  readonly facts: ProblemFacts;
}): string {
  const kind = (problemKinds as Readonly<Record<string, ProblemKind | undefined>>)[one.code];
  return kind === undefined ? one.remedy : fill(kind.remedy, { ...one.facts, invoiceId: 'ID' });
}

/** A problem with its sentences filled in; a fact that a sentence names and nobody gave shows as `?` (a test forbids it). */
export function problem(code: ProblemCode, facts: ProblemFacts = {}): Problem {
  const kind = problemKinds[code];
  return {
    code,
    who: kind.who,
    next: kind.next,
    text: fill(kind.text, facts),
    remedy: fill(kind.remedy, facts),
    facts,
  };
}
