/** items compare / copy, links list / set / unset / import / export */
import type { ComparedItems } from '../core/compare-items.ts';
import { requireIncomeAccount } from '../engine/connecting.ts';
import type { ItemsCopied } from '../engine/item-tools.ts';
import { parseLinks, renderLinksCsv } from '../engine/link-file.ts';
import { linkKinds, listLinks, setLinks, unsetLink } from '../engine/linking.ts';
import { WrongUse } from '../engine/requests.ts';
import { linkView } from '../engine/views.ts';
import { renderItemCopyText, renderItemsCsv, renderItemsText } from '../mail/compose-items.ts';
import { addresses, matchBy, WAIT_SECONDS } from './arguments.ts';
import { actor, chosen } from './connection-commands.ts';
import { readText, requireWritable, writeText } from './files.ts';
import type { Opened } from './open.ts';
import type { Answer } from './output.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';
import { runToEnd, unfinished, withoutResult } from './run-now.ts';

interface ItemOptions extends CommonOptions {
  readonly matchBy?: string;
  readonly csv?: string;
  readonly email?: string | boolean;
  readonly wait?: string;
  readonly dryRun?: boolean;
}

export function addItemCommands(registry: Registry): void {
  const { program, act } = registry;
  const noun = program.command('items').description('billing codes beside QuickBooks’ products and services');
  const shared = (command: ReturnType<typeof noun.command>): typeof command =>
    common(command)
      .option('--match-by <field>', 'name, external-number or id; as in the settings unless given')
      .option('--email <addresses>', 'mail the result there too')
      .option('--no-email', 'mail it to nobody')
      .option('--wait <seconds>', 'how long to wait for a busy connection', String(WAIT_SECONDS));
  shared(noun.command('compare').description('matched, different, missing, ambiguous; changes nothing'))
    .option('--csv <file>', 'write the table there too')
    .action(act<ItemOptions>(compare));
  shared(noun.command('copy').description('create the missing ones in QuickBooks; existing ones are never altered'))
    .option('--dry-run', 'only say what would be created')
    .action(act<ItemOptions>(copy));
  addLinks(registry);
}

const runOptions = (options: ItemOptions): Record<string, unknown> => {
  const by = matchBy(options.matchBy);
  return {
    emails: typeof options.email === 'string' ? addresses(options.email) : [],
    ...(options.email === false ? { silent: true } : {}),
    ...(by === undefined ? {} : { matchBy: by }),
    ...(options.dryRun === true ? { dryRun: true } : {}),
  };
};

async function compare(opened: Opened, options: ItemOptions): Promise<Answer> {
  if (options.csv !== undefined) requireWritable(options.csv);
  const run = await runToEnd(opened, options, { kind: 'compare-items', options: runOptions(options) });
  const compared = run.result as ComparedItems | null;
  if (unfinished(run) !== null || compared === null)
    return withoutResult(run, { rows: [], onlyInQuickBooks: [] }, 'There is no comparison.');
  if (options.csv !== undefined) writeText(options.csv, renderItemsCsv(compared));
  return { json: compared, text: () => renderItemsText(compared) };
}

async function copy(opened: Opened, options: ItemOptions): Promise<Answer> {
  await requireIncomeAccount(opened.services, (await chosen(opened, options.connection)).tenant);
  const run = await runToEnd(opened, options, { kind: 'copy-items', options: runOptions(options) });
  const copied = run.result as ItemsCopied | null;
  if (unfinished(run) !== null || copied === null)
    return withoutResult(run, { created: [], problems: [] }, 'Nothing was copied.');
  return { json: copied, text: renderItemCopyText(copied), exitCode: copied.problems.length > 0 ? 1 : 0 };
}

function addLinks({ program, act }: Registry): void {
  const noun = program.command('links').description('who is who: pairs that are kept by id');
  common(noun.command('list').description('all pairs'))
    .option('--kind <kind>', Object.keys(linkKinds).join(', '))
    .action(act<CommonOptions & { kind?: string }>(listPairs));
  common(
    noun
      .command('set <kind> <source> <quickbooks>')
      .description(`KIND is one of ${Object.keys(linkKinds).join(', ')}; QUICKBOOKS an id or exact name`),
  ).action(
    act(async (opened, options, [kind = '', source = '', quickbooks = '']) => {
      const { tenant } = await chosen(opened, options.connection);
      const [link] = await setLinks(opened.services, tenant, [{ kind, source, quickbooks }], actor);
      return {
        json: { link },
        text: `${link?.kind ?? ''} ${link?.sourceKey ?? ''} is now “${link?.quickbooksName ?? ''}” (id ${link?.quickbooksId ?? ''}) in QuickBooks.`,
      };
    }),
  );
  common(noun.command('unset <kind> <source>').description('take a pair away; the next run matches by name')).action(
    act(async (opened, options, [kind = '', source = '']) => {
      const { tenant } = await chosen(opened, options.connection);
      const gone = await unsetLink(opened.services, tenant, { kind, source, by: actor });
      return {
        json: { removed: gone },
        text: gone ? 'The pair is gone.' : 'There was no such pair.',
        exitCode: gone ? 0 : 1,
      };
    }),
  );
  common(
    noun.command('import <file>').description('CSV with the columns kind, source, quickbooks; all or none'),
  ).action(
    act(async (opened, options, [file = '']) => {
      const { tenant } = await chosen(opened, options.connection);
      const links = await setLinks(opened.services, tenant, parseLinks(file, readText(file)), actor, { keep: true });
      return { json: { imported: links.length }, text: `${String(links.length)} pairs are set.` };
    }),
  );
  common(noun.command('export').description('all pairs as CSV, in the form that import takes')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const links = await listLinks(opened.services, tenant);
      return { json: { links: links.map(linkView) }, text: renderLinksCsv(links), isDocument: true };
    }),
  );
}

async function listPairs(opened: Opened, options: CommonOptions & { kind?: string }): Promise<Answer> {
  if (options.kind !== undefined && !Object.hasOwn(linkKinds, options.kind))
    throw new WrongUse(`"${options.kind}" is no kind of link; there are ${Object.keys(linkKinds).join(', ')}.`);
  const { tenant } = await chosen(opened, options.connection);
  const links = (await listLinks(opened.services, tenant)).filter(
    (one) => options.kind === undefined || one.kind === options.kind,
  );
  return {
    json: { links: links.map(linkView) },
    text:
      links
        .map(
          (one) =>
            `${one.kind.padEnd(9)} ${one.source_key.padEnd(24)} ${one.quickbooks_name} (id ${one.quickbooks_id})  ${one.origin}`,
        )
        .join('\n') || 'There is no pair yet; runs keep what they match.',
  };
}
