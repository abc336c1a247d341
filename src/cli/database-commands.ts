/** database stop, database prune, doctor */
import { loadConfig } from '../config.ts';
import { terminalOrganization } from '../engine/connecting.ts';
import { examine } from '../engine/doctor.ts';
import { Busy } from '../engine/requests.ts';
import { BULK_DAYS, IDLE_DAYS, prune } from '../engine/retention.ts';
import { stopEmbedded } from '../store/embedded/launcher.ts';
import { loadSizes, type TableSize } from '../store/retention.ts';
import { chosen } from './connection-commands.ts';
import type { Opened } from './open.ts';
import { common, type Registry } from './registry.ts';
import { living } from './server-commands.ts';

export function addDatabaseCommands(registry: Registry): void {
  const { program, act, env } = registry;
  const database = program.command('database').description('the embedded database');
  database
    .command('stop')
    .description('stop the embedded server')
    .option('--json', 'one JSON document on stdout')
    .action((options: { json?: boolean }) =>
      living(registry, async () => {
        const config = loadConfig(env);
        const stopped = config.databaseUrl === null && (await stopEmbedded(config.dataDir));
        registry.print(
          { json: { stopped }, text: stopped ? 'The database is stopped.' : 'No embedded database was running.' },
          options.json === true,
        );
      }),
    );
  common(database.command('prune').description('remove what retention no longer keeps, as the daily pass does')).action(
    act(async (opened, options) => {
      const { tenant } = await chosen(opened, options.connection);
      const pruned = await prune(opened.services, tenant);
      if (pruned === null)
        throw new Busy('An invoice batch is currently in process. Nothing was removed; try again later.');
      const taken = Object.entries(pruned.taken).filter(([, count]) => count > 0);
      const text =
        taken.length === 0
          ? 'Nothing is older than what is kept.'
          : taken.map(([what, count]) => `${what}: ${String(count)}`).join('\n');
      return { json: pruned, text: pruned.isWhole ? text : `${text}\nThere is more; run the same command again.` };
    }),
  );
  common(program.command('doctor').description('check everything and say what to do')).action(
    act(async (opened) => {
      const organizationId = await terminalOrganization(opened.services);
      const checks = await examine(opened.services, opened.mailer, organizationId);
      const sizes = await loadSizes(opened.services.database, organizationId);
      const works = checks.every((check) => check.problems.length === 0);
      return {
        json: { works, checks, storage: { keeps: keptDays(opened), tables: sizes } },
        text: [
          ...checks.map((check) => {
            const told = [...check.problems, ...check.notes];
            return `${check.what}: ${told.length === 0 ? 'works' : told.join(' ')}`;
          }),
          storageText(keptDays(opened), sizes),
        ].join('\n'),
        exitCode: works ? 0 : 1,
      };
    }),
  );
}

const keptDays = ({ services }: Opened): Record<string, number> => ({
  historyReportsAndAudit: services.config.retentionDays,
  mailsAndReplies: BULK_DAYS,
  idleRuns: IDLE_DAYS,
});

const LARGEST = 5;

/** What takes the room, and what is removed when. */
function storageText(keeps: Record<string, number>, sizes: readonly TableSize[]): string {
  const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  const all = sizes.reduce((sum, one) => sum + one.bytes, 0);
  const largest = sizes.slice(0, LARGEST).map((one) => `${one.table} ${mebibytes(one.bytes)}`);
  return [
    `storage: ${mebibytes(all)} (${largest.join(', ')})`,
    `kept: history, reports and the audit log ${String(keeps['historyReportsAndAudit'])} days, mails and raw replies ${String(keeps['mailsAndReplies'])}, runs that changed nothing ${String(keeps['idleRuns'])}; the ledger for ever`,
  ].join('\n');
}
