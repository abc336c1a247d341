/** Looks at everything that must work, and says what to do where it does not; changes nothing but what a test of a connection mends. */
import type { Mailer } from '../mail/mail.ts';
import { verifyAudit } from '../store/audit.ts';
import { loadConnections, type Connection } from '../store/connections.ts';
import { withTenant } from '../store/tenant.ts';
import { showSettings, testConnection } from './connecting.ts';
import type { Services } from './services.ts';

export interface Check {
  readonly what: string;
  /** What a person has to do; none: it works. */
  readonly problems: readonly string[];
  /** What is well, and good to know. */
  readonly notes: readonly string[];
}

export async function examine(services: Services, mailer: Mailer | null, organizationId: string): Promise<Check[]> {
  const { connections, log } = await withTenant(services.database, { organizationId }, async (tx) => ({
    connections: await loadConnections(tx),
    log: await verifyAudit(tx),
  }));
  const checks: Check[] = [
    { what: 'database', problems: [...services.database.warnings], notes: [] },
    { what: 'audit log', problems: log.faults, notes: [] },
    intuitApp(services),
    await mailServer(mailer),
  ];
  if (connections.length === 0)
    checks.push({
      what: 'connections',
      problems: [
        'there is none yet. Make one: connection add NAME --autotask-user U --autotask-integration-code C (help connecting tells all steps)',
      ],
      notes: [],
    });
  for (const connection of connections) checks.push(...(await examineConnection(services, connection)));
  return checks;
}

function intuitApp({ config }: Services): Check {
  const isSet = config.intuitClientId !== '' && config.intuitClientSecret !== '';
  const problem =
    'LEDGERFERRY_INTUIT_CLIENT_ID and LEDGERFERRY_INTUIT_CLIENT_SECRET are not set: make an app at developer.intuit.com and put its keys there';
  return { what: 'Intuit app', problems: isSet ? [] : [problem], notes: [] };
}

async function mailServer(mailer: Mailer | null): Promise<Check> {
  const what = 'mail server';
  if (mailer === null)
    return {
      what,
      problems: [],
      notes: ['none is set (LEDGERFERRY_SMTP_URL): mails are kept, and outbox list shows them'],
    };
  try {
    await mailer.check();
    return { what, problems: [], notes: [] };
  } catch (error) {
    return { what, problems: [error instanceof Error ? error.message : 'unknown'], notes: [] };
  }
}

async function examineConnection(services: Services, connection: Connection): Promise<Check[]> {
  const { organization_id: organizationId, connection_id: connectionId, name } = connection;
  const found = await testConnection(services, connection);
  const { settings } = await showSettings(services, { organizationId, connectionId });
  const needsAccount = settings['items.whenMissing'] === 'create' && settings['items.incomeAccount'] === '';
  return [
    { what: `${name}: Autotask`, problems: found.autotask, notes: [] },
    { what: `${name}: QuickBooks`, problems: found.quickbooks, notes: [] },
    {
      what: `${name}: settings`,
      problems: needsAccount
        ? [
            'new products and services have no income account: settings set items.incomeAccount=NAME (settings choices accounts shows them)',
          ]
        : [],
      notes:
        settings['sync.status'] === 'paused' ? ['the automatic runs are paused (connection resume starts them)'] : [],
    },
  ];
}
