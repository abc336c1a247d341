/**
 * The bundle for whoever helps: versions, settings, last runs, faults with the vendors' references, quotas, schema, clock.
 * No secret ever; names, amounts and sentences of customers only when a person asks for them.
 */
import { strToU8, zipSync } from 'fflate';
import { settingTable } from '../core/settings.ts';
import { machineTime } from '../platform/clock.ts';
import { programVersion } from '../platform/project.ts';
import { header, html } from '../mail/escape.ts';
import { page, paragraph } from '../mail/html-page.ts';
import type { Mail } from '../mail/mail.ts';
import { loadConnection } from '../store/connections.ts';
import { loadLease } from '../store/leases.ts';
import { loadListStates } from '../store/links.ts';
import { loadProblems } from '../store/problems.ts';
import { loadRuns } from '../store/runs.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import { countByState } from '../store/transfers.ts';
import { loadUsage } from '../store/batches.ts';
import { loadSchemaState } from '../store/schema-state.ts';
import { showSettings } from './connecting.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';

const RUNS = 50;
const FAULTS = 500;
const USAGE_HOURS = 48;

export interface Bundle {
  readonly filename: string;
  readonly zip: Uint8Array;
  readonly files: readonly string[];
}

/** Makes the bundle. `withCustomerData` adds the sentences of problems and failures, which name customers and amounts. */
export async function makeBundle(
  services: Services,
  tenant: Tenant,
  options: { withCustomerData: boolean },
): Promise<Bundle> {
  const local = machineTime();
  await services.clock.follow();
  const at = services.clock.now();
  const { version, settings } = await showSettings(services, tenant);
  const parts = await withTenant(services.database, tenant, (tx) => gather(services, tenant, tx, options));
  const documents: Record<string, unknown> = {
    'versions.json': {
      ledgerferry: programVersion(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      embeddedDatabase: services.config.databaseUrl === null,
      timeScale: services.config.timeScale,
    },
    'clock.json': {
      database: at.toISOString(),
      machine: local.toISOString(),
      differenceMs: Math.round(at.getTime() - local.getTime()),
      timeZone: settings['connection.timeZone'],
    },
    'settings.json': { version, settings: shownSettings(settings, options.withCustomerData) },
    ...parts,
  };
  const files = Object.entries(documents).map(
    ([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`] as const,
  );
  return {
    filename: `ledgerferry-troubleshoot-${at.toISOString().slice(0, 10)}.zip`,
    zip: zipSync(
      Object.fromEntries(files.map(([name, text]) => [name, [strToU8(text), { mtime: at }] as const])) as Parameters<
        typeof zipSync
      >[0],
    ),
    files: files.map(([name]) => name),
  };
}

async function gather(
  services: Services,
  tenant: Tenant,
  tx: TenantTx,
  options: { withCustomerData: boolean },
): Promise<Record<string, unknown>> {
  const connection = await loadConnection(tx, tenant.connectionId);
  const lease = await loadLease(tx, tenant.connectionId);
  const since = new Date(services.clock.now().getTime() - USAGE_HOURS * 3_600_000);
  const full = options.withCustomerData;
  return {
    'connection.json': {
      autotask: { state: connection?.autotask_state, zone: connection?.autotask_url },
      quickbooks: {
        state: connection?.quickbooks_state,
        profile: profileWithoutNames(connection?.quickbooks_profile),
        profileReadAt: connection?.quickbooks_profile_at,
      },
      nextRunAt: connection?.next_run_at,
      lease:
        lease === null
          ? null
          : { fence: lease.fence, isHeld: lease.holder !== null, takenAt: lease.taken_at, expiresAt: lease.expires_at },
      lists: Object.fromEntries(await loadListStates(tx)),
    },
    'runs.json': (await loadRuns(tx, RUNS)).map((run) => ({
      id: run.run_id,
      kind: run.kind,
      state: run.state,
      requestedAt: run.requested_at,
      startedAt: run.started_at,
      endedAt: run.ended_at,
      settingsVersion: run.settings_version,
      failure:
        run.failure === null
          ? null
          : {
              kind: run.failure.kind,
              reference: run.failure.reference ?? null,
              ...(full ? { message: run.failure.message } : {}),
            },
    })),
    'faults.json': (await loadProblems(tx, { openOnly: false, limit: FAULTS })).map((one) => ({
      code: one.code,
      who: one.who,
      autotaskInvoiceId: one.autotask_invoice_id,
      runId: one.run_id,
      reference: one.reference,
      vendorCode: one.facts['code'] ?? null,
      firstSeen: one.first_seen,
      lastSeen: one.last_seen,
      count: one.occurrences,
      closedAt: one.closed_at,
      ...(full ? { text: one.text } : {}),
    })),
    'transfers.json': Object.fromEntries(await countByState(tx)),
    'quotas.json': await loadUsage(tx, since),
    'schema.json': await loadSchemaState(tx),
  };
}

/** What the company is like, without its name. */
function profileWithoutNames(profile: unknown): unknown {
  if (profile === null || typeof profile !== 'object') return null;
  const { name: _name, ...rest } = profile as Record<string, unknown>;
  return rest;
}

/** Settings that hold a person's address or a name of the books are told as set or not set, unless asked for. */
const shownSettings = (settings: Readonly<Record<string, string>>, full: boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      const { kind } = settingTable[key as keyof typeof settingTable];
      const isNamed = kind === 'text' || kind === 'address' || kind === 'table' || key === 'reports.to';
      return [key, full || !isNamed ? value : value === '' ? '' : '(set)'];
    }),
  );

/** The bundle as a mail with the zip attached. */
export function composeTroubleshoot(bundle: Bundle, place: { connectionName: string; publicUrl: string | null }): Mail {
  const headline = `Troubleshooting bundle of ${place.connectionName}`;
  const text = `It holds versions, settings, the last runs, faults with the vendors’ references, quotas, the state of the schema and the clocks (${bundle.files.join(', ')}). Forward it to whoever helps you.`;
  return {
    kind: 'troubleshoot',
    subject: header(headline),
    text: `${headline}\n\n${text}\n`,
    html: page({
      place,
      about: 'troubleshooting',
      headline,
      inner: paragraph(html(text)),
      foot: 'It holds no secret.',
    }),
    attachments: [
      {
        filename: bundle.filename,
        contentType: 'application/zip',
        content: Buffer.from(bundle.zip).toString('base64'),
        encoding: 'base64',
      },
    ],
  };
}
