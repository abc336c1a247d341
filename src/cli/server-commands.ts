/** demo, serve, worker, migrate */
import { explain } from './output.ts';
import { clearProgress } from './progress.ts';
import { common, type Registry } from './registry.ts';

/** The web server, its sign-in and the sandboxes are the greater part of the program, and no other command needs them. */
const serving = (): Promise<typeof import('./serving.ts')> => import('./serving.ts');

export function addServerCommands(registry: Registry): void {
  const { program, act } = registry;
  program
    .command('demo')
    .description('both vendors as sandboxes, a realistic MSP: connect, sync, report, and serve the page')
    .option('--once', 'end after the report')
    .option('--seed <n>', 'which world', '7')
    .option('--invoices <n>', 'how many postable invoices', '40')
    .option('--json', 'one JSON document on stdout')
    .action((options: DemoFlags) => living(registry, async () => (await serving()).demo(registry, options)));
  program
    .command('serve')
    .description('the web and API server, and the worker')
    .option('--no-worker', 'without the worker')
    .action((options: { worker: boolean }) => living(registry, async () => (await serving()).serve(options.worker)));
  program
    .command('worker')
    .description('the worker alone')
    .action(() => living(registry, async () => (await serving()).worker()));
  common(program.command('migrate').description('bring the schema up to date')).action(
    act(() => Promise.resolve({ json: { migrated: true }, text: 'The schema is up to date.' })),
  );
}

/** Commands that live on open what they need themselves; their failures are told like all others. */
export async function living({ leave }: Registry, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const told = explain(error);
    clearProgress();
    process.stderr.write(`ledgerferry: ${told.sentence}\n`);
    leave(told.exitCode);
  }
}

export interface DemoFlags {
  readonly once?: boolean;
  readonly seed: string;
  readonly invoices: string;
  readonly json?: boolean;
}
