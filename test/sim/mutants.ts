/**
 * Bugs that are planted one at a time while a module is loaded, to see that the simulation finds them. A text that is no
 * longer in its file fails at once, so that the list cannot rot. The product itself carries nothing of this.
 */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const bug = (name: string, file: string, find: string, put: string): Mutant => ({ name, file, find, put });

export const mutants: readonly Mutant[] = [
  bug('an unknown outcome is sent again at once', 'engine/posting.ts', "to: 'verifying'", "to: 'ready'"),
  bug(
    '"not there" is believed at once',
    'engine/verifying.ts',
    'one.send_by === null || askedAt >= notThereFrom(ctx, one.send_by)',
    'true',
  ),
  bug(
    '"not there" is believed after a minute',
    'engine/verifying.ts',
    'NOT_THERE_AFTER_MS = 197_000',
    'NOT_THERE_AFTER_MS = 60_000',
  ),
  bug(
    'replies of a batch are matched by position',
    'engine/sending.ts',
    'single ?? reply.items.get(bIdOf(member))',
    'single ?? [...reply.items.values()][members.findIndex((one) => one.id === member.id)]',
  ),
  bug(
    'no marker in QuickBooks',
    'core/map-invoice.ts',
    '`${markerText({ connectionKey: input.connectionKey, invoiceId: invoice.id, copyNumber: input.copyNumber })} Autotask',
    '`Autotask',
  ),
  bug('no fencing', 'store/leases.ts', 'and fence = ${lease.fence} and expires_at > ${lease.now}', ''),
  bug('a taken lease is taken again', 'store/leases.ts', 'and (holder is null or expires_at <= ${claim.now})', ''),
  bug(
    'no gate before the bytes leave',
    'engine/sending.ts',
    "    ctx.lease.assertHeld();\n    if (clock.now() > batch.sendBy) throw new Error('too late: its time to be sent has passed');\n",
    '',
  ),
  bug('the gate trusts a clock that may have slept', 'engine/sending.ts', '    await clock.follow();\n', ''),
  bug(
    'what a dead worker was sending is sent again',
    'engine/verifying.ts',
    "to: 'verifying',\n        reason: 'worker-died'",
    "to: 'ready',\n        reason: 'worker-died'",
  ),
  bug(
    'what a dead worker was sending is forgotten',
    'engine/verifying.ts',
    "const posting = await loadTransfersIn(tx, ['posting']);",
    'const posting = [];',
  ),
  bug('cents that rounding left over are not spread', 'core/cents.ts', "while (!missing.eq('0'))", 'while (false)'),
  bug(
    'the sum is rounded down',
    'core/cents.ts',
    'const net = roundHalfAwayFromZero(sum(amounts), 2);',
    'const net = sum(amounts).round(2, 0);',
  ),
  bug(
    'lines are not compared with the header',
    'core/settle.ts',
    "if (addsUp(invoice, lines) && (lines.length > 0 || invoice.total.eq('0')))",
    'if (lines.length > 0)',
  ),
  bug(
    'QuickBooks’ number is not written back',
    'engine/write-back.ts',
    'transfer.quickbooks_number : null',
    'null : null',
  ),
  bug(
    'a mark in Autotask is believed without looking',
    'engine/write-back.ts',
    "if (found.processedAt === null) return 'it answered yes, but the date of processing is not there';",
    'return null;',
  ),
  bug(
    'a mark sets the paid date as well',
    'autotask/client.ts',
    '        id: mark.id,\n',
    "        id: mark.id,\n        paidDate: '2026-01-01',\n",
  ),
  bug(
    'whatever is posted counts as paid',
    'engine/payments.ts',
    '!invoice.isVoided && invoice.balance.eq(ZERO) &&',
    '!invoice.isVoided &&',
  ),
  bug(
    'the report counts one more',
    'core/report.ts',
    'posted: count((row) => row.isNew)',
    'posted: 1 + count((row) => row.isNew)',
  ),
  bug(
    'the history lacks a step',
    'store/transfers.ts',
    'from moved where from_state <> to_state',
    "from moved where from_state <> to_state and to_state <> 'posting'",
  ),
  bug(
    'tokens are used before they are stored',
    'engine/tokens.ts',
    '      await storeGrant(this.#services, this.#tenant, grant);\n',
    '',
  ),
  bug('tokens are refreshed without a claim', 'engine/tokens.ts', 'if (claimed) return', 'if (true) return'),
  bug(
    'one marker key for all connections',
    'engine/running.ts',
    "markerKey: connection.marker_key ?? ''",
    "markerKey: 'SAME'",
  ),
  bug(
    'the term is left out',
    'quickbooks/invoice-body.ts',
    "draft.kind === 'invoice' ? ref(draft.termId) : null",
    'null',
  ),
  bug('the date is that of the run', 'core/map-invoice.ts', 'date: invoice.invoiceDate,', "date: '2026-11-30',"),
  bug('errors are not logged', 'engine/posting.ts', "one.who !== 'nobody' || one.code === 'outcome-unknown'", 'false'),
  bug(
    'errors are not closed',
    'engine/posting.ts',
    ".filter(({ move, problems }) => move.to !== 'ready' || problems.length > 0)",
    '.filter(() => false)',
  ),
  bug(
    'copies are not told apart',
    'engine/look-up.ts',
    'const key = `${String(marker.invoiceId)}:${String(marker.copyNumber)}`',
    'for (const key of [0, 1, 2].map((copy) => `${String(marker.invoiceId)}:${String(copy)}`)) this.#byMarker.set(key, invoice);\n        const key = `${String(marker.invoiceId)}:0`',
  ),
  bug(
    'the next run is due in a day',
    'engine/jobs.ts',
    'services.clock.scaled(minutes * 60_000)',
    'services.clock.scaled(86_400_000)',
  ),
  bug(
    'a lease is not given back',
    'engine/requests.ts',
    '  } finally {\n    await lease.release().catch(() => undefined);\n  }\n  return true;',
    '  }\n  finally {}\n  return true;',
  ),
  bug(
    'a run that a dead worker left is not taken up',
    'store/runs.ts',
    ".where('state', 'in', ['running', 'queued'])",
    ".where('state', 'in', ['queued'])",
  ),
  bug(
    'mails are sent and not recorded',
    'engine/reporting.ts',
    '      await lease.write((tx) => recordMail(tx, mail.mail_id, { ...outcome, at: services.clock.now() }));\n',
    '',
  ),
  bug(
    'the look-up begins too late',
    'engine/look-up.ts',
    'CLOCK_SKEW_MS = 24 * 3_600_000',
    'CLOCK_SKEW_MS = -24 * 3_600_000',
  ),
  bug(
    'review is ignored',
    'engine/posting.ts',
    "(!ctx.settings['sync.review'] || transfer.approved_hash === transfer.draft_hash)",
    'true',
  ),
  bug(
    'the old app’s ERROR is posted',
    'core/eligibility.ts',
    "hasLegacyError(invoice) ? problem('legacy-error', { invoiceId }) : null",
    'null',
  ),
];
