/** Clear in-process status: a dead holder's run is simply taken over; a living one's only after confirmation, by fencing. */
import { readSettings } from '../core/settings.ts';
import { audit } from '../store/audit.ts';
import { loadConnection, loadSettingsVersion } from '../store/connections.ts';
import { breakLease, loadLease } from '../store/leases.ts';
import { endRun, loadBegun, type Run } from '../store/runs.ts';
import type { RunFailure } from '../store/tables.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { composeReport, saveMails } from './reporting.ts';
import type { ReportContext } from './run-context.ts';
import type { Services } from './services.ts';

/** Its worker can write nothing from here on: what it has done so far is all that its run will have done, and is reported. */
export async function clearRun(
  services: Services,
  tenant: Tenant,
  request: { force: boolean; by: string },
): Promise<{ cleared: boolean; holder: string | null; lives: boolean }> {
  await services.clock.follow();
  return withTenant(services.database, tenant, async (tx) => {
    const lease = await loadLease(tx, tenant.connectionId);
    const at = services.clock.now();
    const lives = lease?.holder != null && lease.expires_at !== null && lease.expires_at > at;
    if (lives && !request.force) return { cleared: false, holder: lease.holder, lives };
    await breakLease(tx, tenant.connectionId);
    const running = await loadBegun(tx);
    for (const run of running) await endCleared(services, tenant, tx, { run, by: request.by, at });
    await audit(
      tx,
      { ...tenant, at },
      {
        actor: request.by,
        action: 'clear-in-process',
        subject: tenant.connectionId,
        detail: { holder: lease?.holder ?? null, lives },
      },
    );
    return { cleared: running.length > 0 || lives, holder: lease?.holder ?? null, lives };
  });
}

/** Who ended it, that nothing is lost by that, and what to do. */
const clearedText = (by: string): string =>
  `Cleared by ${personOf(by)} before it had ended. Nothing is lost or doubled: what it had done until then stands in its report, and what was sent without an answer is looked up. If the rest shall be done now, ask for it again (terminal: the same command once more).`;

function personOf(by: string): string {
  if (by === 'terminal') return 'a person at the terminal';
  return by === 'api' ? 'a program with the API token' : by;
}

async function endCleared(
  services: Services,
  tenant: Tenant,
  tx: TenantTx,
  { run, by, at }: { run: Run; by: string; at: Date },
): Promise<void> {
  const failure: RunFailure = { kind: 'fault', message: clearedText(by) };
  const ctx = await contextOf(services, tenant, tx, run);
  const report = ctx === null ? null : await composeReport(ctx, 'cleared', failure);
  await endRun(tx, run.run_id, { state: 'cleared', at, failure, report });
  // Whoever cleared it knows: no alert, only what the run did.
  if (ctx !== null && report !== null) await saveMails(ctx, tx, report, null);
}

async function contextOf(services: Services, tenant: Tenant, tx: TenantTx, run: Run): Promise<ReportContext | null> {
  const connection = await loadConnection(tx, tenant.connectionId);
  const stored = await loadSettingsVersion(tx, tenant.connectionId, run.settings_version);
  if (connection === null || stored === null) return null;
  const settings = readSettings(stored);
  return {
    services,
    tenant,
    run,
    connection,
    settings,
    timeZone: settings['connection.timeZone'],
    copy: { refusals: [], warnings: [] },
    outcome: { result: undefined, mails: [] },
    lease: { read: (work) => work(tx) },
  };
}
