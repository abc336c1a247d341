/** audit list / verify */
import { verifyAudit, loadAudit } from '../store/audit.ts';
import { terminalOrganization } from '../engine/connecting.ts';
import { withTenant } from '../store/tenant.ts';
import { chosen } from './connection-commands.ts';
import { common, type CommonOptions, type Registry } from './registry.ts';

const LAST = 200;

/** A person's own words for it, where the line has them. */
function reasonText(detail: unknown): string {
  const reason = typeof detail === 'object' && detail !== null && 'reason' in detail ? detail.reason : undefined;
  return typeof reason === 'string' ? `  (${reason})` : '';
}

export function addAuditCommands({ program, act }: Registry): void {
  const audit = program.command('audit').description('who did what when, in a chain that shows what was changed');
  common(audit.command('list', { isDefault: true }).description('the last 200 lines of a connection')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const entries = await withTenant(opened.services.database, tenant, (tx) => loadAudit(tx, {}, LAST));
      return {
        json: {
          entries: entries.map((one) => ({
            at: one.at.toISOString(),
            actor: one.actor,
            action: one.action,
            subject: one.subject,
            detail: one.detail,
          })),
        },
        text: entries
          .map((one) => `${one.at.toISOString()}  ${one.actor}  ${one.action}  ${one.subject}${reasonText(one.detail)}`)
          .join('\n'),
      };
    }),
  );
  common(
    audit
      .command('verify')
      .description('follow the chain of every line; exit code 1 when one was changed or taken out')
      .option('--head <hash...>', 'hashes that an earlier verification printed: they must still be there'),
  ).action(
    act<CommonOptions & { readonly head?: readonly string[] }>(async ({ services }, { head = [] }) => {
      const organizationId = await terminalOrganization(services);
      const found = await withTenant(services.database, { organizationId }, (tx) => verifyAudit(tx, head));
      const whole = found.faults.length === 0;
      const counted = `${String(found.lines)} lines, of which ${String(found.unchained)} from before the chain began${
        found.pruned === 0 ? '' : `; ${String(found.pruned)} older ones were taken by retention, as the log itself says`
      }.`;
      const text = whole
        ? `The chain is whole: ${counted}\nNote the heads down elsewhere, to prove later that nothing was taken out:\n${found.heads.join('\n')}`
        : found.faults.join('\n');
      return { json: { whole, ...found }, text, exitCode: whole ? 0 : 1 };
    }),
  );
}
