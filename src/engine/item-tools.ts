/**
 * The item tools (facts/mission.md A10.1): billing codes compared with QuickBooks' items, and missing items created. The
 * comparison reads both lists whole, page by page; the copy goes through the same intents as a sync, so that it can be
 * stopped and started again and creates nothing twice. Items that are there are never altered.
 */
import { compareItems, keyOfCode, missingCodes, type ComparedItems } from '../core/compare-items.ts';
import type { Directory } from '../core/directory.ts';
import { regimeBySetting } from '../core/map-invoice.ts';
import { incomeAccount, toCreate } from '../core/match-item.ts';
import type { NewItem } from '../core/new-names.ts';
import { nameList, problem, type Problem } from '../core/problem.ts';
import type { Settings } from '../core/settings.ts';
import { composeItemComparison, composeItemCopy } from '../mail/compose-items.ts';
import { renderItem } from '../quickbooks/invoice-body.ts';
import { isVendorFailure } from '../platform/failures.ts';
import { loadCreationsOf, saveCreations } from '../store/creations.ts';
import { loadLinksOf } from '../store/links.ts';
import { closeConnectionProblems, logProblems } from '../store/problems.ts';
import { Lists } from './lists.ts';
import { createNames } from './naming.ts';
import { scopeNow, type RunContext } from './run-context.ts';

export interface ItemsCopied {
  readonly dryRun: boolean;
  readonly created: readonly {
    readonly billingCodeId: number;
    readonly quickbooksItemId: string;
    readonly name: string;
  }[];
  /** In a dry run: what a copy would create. */
  readonly wouldCreate: readonly { readonly billingCodeId: number; readonly name: string }[];
  readonly problems: readonly Problem[];
}

/** Compares and mails the table. */
export async function runCompareItems(ctx: RunContext): Promise<void> {
  const compared = await onlyCompared(ctx);
  ctx.outcome.result = compared;
  ctx.outcome.mails.push(composeItemComparison(compared, { ...place(ctx), about: 'comparison' }));
}

/** Creates what is missing; a dry run only says what it would create. */
export async function runCopyItems(ctx: RunContext): Promise<void> {
  const { compared, directory, isUs } = await compareNow(ctx);
  const result = await copyMissing(ctx, compared, directory, isUs);
  ctx.outcome.result = result;
  if (!result.dryRun) await logRefused(ctx, result.problems);
  ctx.outcome.mails.push(composeItemCopy(result, place(ctx)));
}

/** One line of the error log for all that a copy could not create, until one creates all. */
async function logRefused(ctx: RunContext, problems: readonly Problem[]): Promise<void> {
  const [first] = problems;
  await ctx.lease.write(async (tx) => {
    if (first === undefined) return closeConnectionProblems(tx, ctx.services.clock.now(), 'items-not-created');
    const names = problems.map((one) => one.facts['item'] ?? one.facts['name'] ?? '');
    const cause = problem('items-not-created', {
      count: problems.length === 1 ? '1 item' : `${String(problems.length)} items`,
      names: nameList(names.filter((name) => name !== '')) || 'see the report of the run',
      detail: first.text,
    });
    const reference = problems.find((one) => one.facts['reference'] !== undefined)?.facts['reference'] ?? null;
    await logProblems(tx, scopeNow(ctx), [
      { problemId: ctx.services.ids.uuid(), transferId: null, invoiceId: null, problem: cause, reference },
    ]);
  });
}

const place = (ctx: RunContext): { connectionName: string; publicUrl: string } => ({
  connectionName: ctx.connection.name,
  publicUrl: ctx.services.config.publicUrl,
});

export const matchByOf = (ctx: RunContext): Settings['items.matchBy'] =>
  ctx.run.options.matchBy ?? ctx.settings['items.matchBy'];

/** Without what was compared: the two lists need not stand in memory while the mail is written. */
const onlyCompared = async (ctx: RunContext): Promise<ComparedItems> => (await compareNow(ctx)).compared;

async function compareNow(ctx: RunContext): Promise<{ compared: ComparedItems; directory: Directory; isUs: boolean }> {
  const lists = new Lists(ctx);
  await lists.readItemsAndCodes();
  const directory = await lists.directory();
  const { regime } = await ctx.profile();
  const isUs = regimeBySetting(regime, ctx.settings['quickbooks.edition']) !== 'non-us';
  return { compared: compareItems(directory, matchByOf(ctx), isUs, await codeTypes(ctx)), directory, isUs };
}

/** A comparison without names for what codes are used for is better than none. */
async function codeTypes(ctx: RunContext): Promise<ReadonlyMap<number, string>> {
  try {
    return await ctx.autotask.fetchPicklist('BillingCodes', 'useType');
  } catch (error) {
    if (!isVendorFailure(error)) throw error;
    return new Map();
  }
}

async function copyMissing(
  ctx: RunContext,
  compared: ComparedItems,
  directory: Directory,
  isUs: boolean,
): Promise<ItemsCopied> {
  const wanted: { billingCodeId: number; item: NewItem }[] = [];
  const problems: Problem[] = [];
  for (const row of missingCodes(compared, isUs)) {
    const code = directory.billingCodesById.get(row.billingCodeId);
    if (code === undefined) continue;
    const made = toCreate(code, row.matchValue, keyOfCode(code), directory, ctx.settings, isUs);
    if (made.kind === 'create') wanted.push({ billingCodeId: code.id, item: made.item });
    if (made.kind === 'problem') problems.push(made.problem);
  }
  if (ctx.run.options.dryRun === true) {
    const wouldCreate = wanted.map((one) => ({ billingCodeId: one.billingCodeId, name: one.item.name }));
    return { dryRun: true, created: [], wouldCreate, problems };
  }
  await ctx.lease.write((tx) =>
    saveCreations(
      tx,
      scopeNow(ctx),
      wanted.map(({ item }) => ({
        creationId: ctx.services.ids.uuid(),
        kind: 'item' as const,
        sourceKey: item.key,
        name: item.name,
        body: renderItem(item),
      })),
    ),
  );
  ctx.services.crash('creations-committed');
  await createNames(ctx);
  return { dryRun: false, wouldCreate: [], ...(await createdSince(ctx, problems)) };
}

/** What this run created, by the links that it made; a run that was stopped and went on names all of them. */
async function createdSince(
  ctx: RunContext,
  problems: readonly Problem[],
): Promise<Pick<ItemsCopied, 'created' | 'problems'>> {
  const links = (await ctx.lease.read((tx) => loadLinksOf(tx, 'item'))).filter(
    (link) => link.origin === 'created' && link.linked_at >= ctx.run.requested_at,
  );
  const codes = links.filter((link) => link.source_key.startsWith('billing-code:'));
  const parked = (await ctx.lease.read((tx) => loadCreationsOf(tx, 'all'))).filter(
    (one) => one.kind === 'item' && one.state === 'parked' && one.changed_at >= ctx.run.requested_at,
  );
  return {
    created: codes
      .map((link) => ({
        billingCodeId: Number(link.source_key.slice('billing-code:'.length)),
        quickbooksItemId: link.quickbooks_id,
        name: link.quickbooks_name,
      }))
      .toSorted((a, b) => a.billingCodeId - b.billingCodeId),
    problems: [...problems, ...parked.flatMap((one) => one.problem ?? [])],
  };
}

/** The income account that a copy needs, said before it starts. */
export const missingAccount = (directory: Directory, settings: Settings): string | null => {
  const account = incomeAccount(directory, settings);
  return 'reason' in account ? account.reason : null;
};
