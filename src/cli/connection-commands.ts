/** connection add / authorize / list / show / test / pause / resume / sync-next-batch / dry-run / disconnect / rename / remove */
import {
  addConnection,
  beginAuthorization,
  callbackUri,
  changeSettings,
  disconnect,
  finishAuthorization,
  showSettings,
  terminalOrganization,
  testConnection,
} from '../engine/connecting.ts';
import { removeConnection, renameConnection } from '../engine/connection-care.ts';
import { terminalWord } from '../core/terminal-word.ts';
import { dryRun } from '../engine/dry-run.ts';
import type { Tenant } from '../engine/lease.ts';
import { findConnection, WrongUse } from '../engine/requests.ts';
import { connectionView, tenantOf } from '../engine/views.ts';
import type { Services } from '../engine/services.ts';
import { inCents, plural } from '../mail/report-words.ts';
import { loadConnections, type Connection } from '../store/connections.ts';
import { withTenant } from '../store/tenant.ts';
import type { Opened } from './open.ts';
import type { Answer } from './output.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';

export const actor = 'terminal';

/** The connection that a command is for: by its argument, by --connection, or the only one. */
export async function chosen(
  opened: Opened,
  name: string | undefined,
): Promise<{ connection: Connection; tenant: Tenant }> {
  const organizationId = await terminalOrganization(opened.services);
  const connection = await findConnection(opened.services, organizationId, name);
  return { connection, tenant: tenantOf(connection) };
}

export function addConnectionCommands({ program, act, env }: Registry): void {
  const noun = program.command('connection').description('join an Autotask tenant to a QuickBooks company');
  common(noun.command('add <name>').description('find the zone, prove the credentials, save them sealed'))
    .requiredOption('--autotask-user <user>', 'the API user’s name')
    .requiredOption('--autotask-integration-code <code>', 'the tracking identifier')
    .action(act<AddOptions>((opened, options, [name = '']) => add(opened, options, name, env['AUTOTASK_SECRET'])));
  common(noun.command('authorize [name]').description('connect the QuickBooks company'))
    .option('--print-url', 'print the address and end at once')
    .option('--redirect-uri <uri>', 'where Intuit sends the answer')
    .option('--code <code>', 'exchange a code without a browser')
    .option('--realm <realm>', 'the company of the code')
    .action(act<AuthorizeOptions>(authorize));
  common(noun.command('list').description('all connections')).action(act(list));
  common(noun.command('show [name]').description('one connection')).action(
    act((opened, options, [name]) => show(opened, name ?? options.connection)),
  );
  common(noun.command('test [name]').description('ask both vendors whether it works')).action(
    act((opened, options, [name]) => test(opened, name ?? options.connection)),
  );
  for (const [verb, status] of [
    ['pause', 'paused'],
    ['resume', 'sync'],
    ['sync-next-batch', 'next-batch'],
  ] as const) {
    common(noun.command(`${verb} [name]`).description(`set the sync status to ${status}`)).action(
      act(async (opened, options, [name]) => {
        const { connection, tenant } = await chosen(opened, name ?? options.connection);
        await changeSettings(opened.services, tenant, { 'sync.status': status }, actor);
        return {
          json: { name: connection.name, syncStatus: status },
          text: `${connection.name}: sync status is now ${status}.`,
        };
      }),
    );
  }
  common(noun.command('dry-run [name]').description('what a sync of the last days would do, by name; changes nothing'))
    .option('--days <n>', 'how many days back', '14')
    .option('--not-before <date>', 'as if this were the cut-over date')
    .action(act((opened, options: DryRunOptions, [name]) => tryOut(opened, options, name)));
  addCare(act, noun);
}

/** Its end at QuickBooks, its name, and its end here. */
function addCare(act: Registry['act'], noun: ReturnType<Registry['program']['command']>): void {
  common(noun.command('disconnect [name]').description('end the QuickBooks side; settings and ledger stay')).action(
    act(async (opened, options, [name]) => {
      const { connection } = await chosen(opened, name ?? options.connection);
      const leftAtIntuit = await disconnect(opened.services, connection, actor);
      return {
        json: { name: connection.name, disconnected: true, leftAtIntuit },
        text: [
          `${connection.name} is disconnected from QuickBooks. Settings, links and ledger stay.`,
          ...(leftAtIntuit === null ? [] : [leftAtIntuit]),
        ].join('\n'),
        exitCode: leftAtIntuit === null ? 0 : 1,
      };
    }),
  );
  common(noun.command('rename <name> <new-name>').description('give it another name; all else stays')).action(
    act(async (opened, _options, [name = '', wanted = '']) => {
      const { connection } = await chosen(opened, name);
      await renameConnection(opened.services, connection, wanted, actor);
      return { json: { name: wanted, renamedFrom: name }, text: `${name} is now called ${wanted}.` };
    }),
  );
  common(noun.command('remove <name>').description('take a disconnected one off the list; its history stays')).action(
    act(async (opened, _options, [name = '']) => {
      const { connection } = await chosen(opened, name);
      await removeConnection(opened.services, connection, actor);
      return {
        json: { name, removed: true },
        text: `${name} is removed and its credentials are forgotten. What it posted stays in QuickBooks and is known there if the same pair is connected again.`,
      };
    }),
  );
}

interface DryRunOptions extends CommonOptions {
  readonly days: string;
  readonly notBefore?: string;
}

async function tryOut(opened: Opened, options: DryRunOptions, name: string | undefined): Promise<Answer> {
  if (!/^\d{1,3}$/.test(options.days)) throw new WrongUse(`--days takes a whole number, not "${options.days}".`);
  const { connection, tenant } = await chosen(opened, name ?? options.connection);
  const wanted = { days: Number(options.days), notBefore: options.notBefore ?? null };
  const found = await dryRun(opened.services, tenant, connection, wanted, () => undefined);
  const names = (one: string, many: string, all: readonly string[]): string[] =>
    all.length === 0 ? [] : [`It would create ${plural(all.length, one, many)}:`, ...all.map((name) => `  ${name}`)];
  const text = [
    `A sync of the last ${String(found.days)} days would post ${plural(found.invoices.length, 'invoice', 'invoices')}, ${inCents(found.total)} in all before tax. Nothing was changed.`,
    ...names('customer', 'customers', found.customers),
    ...names('product or service', 'products and services', found.items),
    ...found.left.map((one) => `Left out, ${String(one.invoices)}: ${one.text}`),
  ].join('\n');
  return { json: found, text };
}

interface AddOptions extends CommonOptions {
  readonly autotaskUser: string;
  readonly autotaskIntegrationCode: string;
}

/** What is left to do after the credentials were taken. */
const nextStep = ({ name, quickbooks_state: state }: Connection): string =>
  state === 'connected'
    ? 'QuickBooks stays connected.'
    : `Sync is paused until you resume it.\nNext: connection authorize ${terminalWord(name)}`;

async function add(opened: Opened, options: AddOptions, name: string, given: string | undefined): Promise<Answer> {
  // An empty variable is one that was not filled in.
  const secret = (given ?? '').trim() === '' ? await askSecret() : (given ?? '');
  const connection = await addConnection(opened.services, await terminalOrganization(opened.services), {
    name,
    autotask: { userName: options.autotaskUser, secret, integrationCode: options.autotaskIntegrationCode },
    by: actor,
  });
  const { settings } = await showSettings(opened.services, tenantOf(connection));
  const text = `${connection.name}: Autotask answers at ${connection.autotask_url ?? ''}.\nTime zone ${settings['connection.timeZone'] ?? ''} (to change it: settings set connection.timeZone=NAME). ${nextStep(connection)}`;
  return { json: await connectionView(opened.services, connection), text };
}

async function askSecret(): Promise<string> {
  if (!process.stdin.isTTY)
    throw new WrongUse(
      'The API user’s secret is missing: put it into the variable AUTOTASK_SECRET, or run this in a terminal and type it.',
    );
  const { password } = await import('@clack/prompts');
  const typed = await password({ message: 'Secret of the Autotask API user', output: process.stderr });
  if (typeof typed !== 'string') throw new WrongUse('Nothing was typed; nothing was changed.');
  return typed;
}

interface AuthorizeOptions extends CommonOptions {
  readonly printUrl?: boolean;
  readonly redirectUri?: string;
  readonly code?: string;
  readonly realm?: string;
}

async function authorize(opened: Opened, options: AuthorizeOptions, [name]: readonly string[]): Promise<Answer> {
  const { services } = opened;
  const { connection, tenant } = await chosen(opened, name ?? options.connection);
  if (options.code !== undefined || options.realm !== undefined) {
    if (options.code === undefined || options.realm === undefined)
      throw new WrongUse('--code and --realm go together.');
    return connected(
      services,
      await finishAuthorization(services, tenant, {
        code: options.code,
        realmId: options.realm,
        redirectUri: options.redirectUri ?? null,
        by: actor,
      }),
    );
  }
  const begun = await beginAuthorization(services, tenant, options.redirectUri ?? callbackUri(services));
  if (options.printUrl === true) return { json: begun, text: begun.url };
  process.stderr.write(
    `Open this address in a browser and choose the company for ${connection.name}:\n\n  ${begun.url}\n\nWaiting for the answer ...\n`,
  );
  const answer = await waitForCallback(begun.redirectUri, begun.state);
  return connected(
    services,
    await finishAuthorization(services, tenant, { ...answer, redirectUri: begun.redirectUri, by: actor }),
  );
}

async function connected(services: Services, connection: Connection): Promise<Answer> {
  const text = `${connection.name} is connected to ${connection.quickbooks_company_name ?? 'QuickBooks'}. Reports go to ${connection.report_email ?? '(no address known: settings set reports.mainAddress=...)'}.`;
  return { json: await connectionView(services, connection), text };
}

/** Listens at the redirect address until Intuit's answer comes; the page that the person sees holds no token. */
async function waitForCallback(redirectUri: string, state: string): Promise<{ code: string; realmId: string }> {
  // Here and not above: it costs every command a fiftieth of a second.
  const { createServer } = await import('node:http');
  const target = new URL(redirectUri);
  return new Promise((resolve, reject) => {
    const server = createServer((request, reply) => {
      const url = new URL(request.url ?? '/', redirectUri);
      if (url.pathname !== target.pathname) return void reply.writeHead(404).end();
      const [code, realmId] = [url.searchParams.get('code'), url.searchParams.get('realmId')];
      // Whoever else calls here ends nothing: the right answer may still come.
      if (url.searchParams.get('state') !== state)
        return void reply
          .writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
          .end('This answer belongs to another request. Open the address that the terminal shows now.');
      reply.writeHead(302, { location: '/done' }).end();
      server.close();
      server.closeAllConnections();
      if (code === null || realmId === null)
        reject(new WrongUse(`Intuit answered: ${url.searchParams.get('error') ?? 'no code'}. Run the command again.`));
      else resolve({ code, realmId });
    });
    server.on('error', (error) =>
      reject(
        new WrongUse(
          `Cannot listen at ${redirectUri}: ${error.message}. Is the server running? Then open Connect there, or use --print-url and --code.`,
        ),
      ),
    );
    server.listen(Number(target.port || 80), target.hostname);
  });
}

async function list(opened: Opened): Promise<Answer> {
  const organizationId = await terminalOrganization(opened.services);
  const all = await withTenant(opened.services.database, { organizationId }, loadConnections);
  const rows = await Promise.all(all.map((connection) => connectionView(opened.services, connection)));
  const text = rows
    .map(
      (one) =>
        `${one.name}  sync ${one.syncStatus}  Autotask ${one.autotask.state}  QuickBooks ${one.quickbooks.state}${one.quickbooks.companyName === null ? '' : ` (${one.quickbooks.companyName})`}${one.inProcess === null ? '' : `\n    ${one.inProcess.text}`}`,
    )
    .join('\n');
  return {
    json: { connections: rows },
    text:
      text === ''
        ? 'There is no connection yet. Make one: connection add NAME --autotask-user U --autotask-integration-code C'
        : text,
  };
}

/** Label and value, a row each; what is not known is left out. */
function connectionText(one: Awaited<ReturnType<typeof connectionView>>): string {
  const { autotask, quickbooks } = one;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Connection', one.name],
    ['Sync status', one.syncStatus],
    ['Next run', one.nextRunAt],
    ['Autotask', autotask.state + (autotask.detail === null ? '' : `: ${autotask.detail}`)],
    ['  user', autotask.user],
    ['  address', autotask.url],
    ['QuickBooks', quickbooks.state + (quickbooks.detail === null ? '' : `: ${quickbooks.detail}`)],
    ['  company', quickbooks.companyName],
    ['  realm', quickbooks.realmId],
    ['Reports to', one.reportEmail],
    ['In process', one.inProcess?.text ?? null],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [`${label.padEnd(12)} ${value}`])).join('\n');
}

async function show(opened: Opened, name: string | undefined): Promise<Answer> {
  const { connection } = await chosen(opened, name);
  const json = await connectionView(opened.services, connection);
  return { json, text: connectionText(json) };
}

async function test(opened: Opened, name: string | undefined): Promise<Answer> {
  const { connection } = await chosen(opened, name);
  const found = await testConnection(opened.services, connection);
  const works = found.autotask.length + found.quickbooks.length === 0;
  const lines = (vendor: string, problems: readonly string[]): string[] =>
    problems.length === 0 ? [`${vendor}: works`] : problems.map((one) => `${vendor}: ${one}`);
  return {
    json: { name: connection.name, works, ...found },
    text: [...lines('Autotask', found.autotask), ...lines('QuickBooks', found.quickbooks)].join('\n'),
    exitCode: works ? 0 : 3,
  };
}
