/** Both sandboxes as a process of their own, so that only the engine's or the peer's own CPU and memory are measured. */
import { RunningClock } from '../src/platform/clock.ts';
import { startAutotaskSandbox, type MutableRow } from '../src/sandbox/autotask/sandbox.ts';
import { generateMsp } from '../src/sandbox/msp/generate.ts';
import { startQuickBooksSandbox } from '../src/sandbox/quickbooks/sandbox.ts';

const invoices = Number(process.argv[2] ?? '100');
/** So many billing codes, each but the last ten with its item in QuickBooks; none but the realm's own when 0. */
const codes = Number(process.argv[3] ?? '0');
const clock = new RunningClock(1000);
// A bench measures us, not the vendors' throttles: they are lifted here, and the output says so.
const autotask = await startAutotaskSandbox({
  clock,
  knobs: { requestThreshold: 10_000_000, threadsPerEndpoint: 1_000 },
});
const quickbooks = await startQuickBooksSandbox({
  clock,
  knobs: { requestsPerMinute: 1e9, requestsPerSecond: 1e9, batchesPerMinute: 1e9, inFlightMax: 1_000 },
});
const realm = quickbooks.addRealm('1', { usingSalesTax: false });
generateMsp(autotask, realm, {
  seed: 1,
  invoices,
  linesPerInvoice: 8,
  now: new Date(),
  tax: 'us-none',
  companies: Math.min(Math.max(Math.ceil(invoices / 3), 6), 2_000),
});
const table = autotask.data.tables.get('BillingCodes') ?? new Map<number, MutableRow>();
const [pattern = { id: 0 }] = table.values();
for (let at = table.size; at < codes; at += 1) {
  const name = `Service ${String(at)} of the catalogue`;
  table.set(40_000_000 + at, { ...pattern, id: 40_000_000 + at, name, description: `What ${name} is about` });
  if (at < codes - 10)
    realm.put('Item', {
      Name: name,
      FullyQualifiedName: name,
      Type: 'Service',
      Active: true,
      IncomeAccountRef: { value: '1' },
    });
}
process.send?.({
  autotask: autotask.url,
  quickbooks: quickbooks.url,
  discovery: quickbooks.discoveryUrl,
  code: quickbooks.grant('1'),
  userName: autotask.knobs.userName,
  secret: autotask.knobs.secret,
  integrationCode: autotask.knobs.integrationCode,
});
process.on('message', (message) => {
  if (message === 'reset') {
    autotask.counters.reset();
    quickbooks.counters.reset();
    process.send?.({ reset: true });
  } else if (message === 'counts') {
    process.send?.({
      calls: autotask.counters.of('calls') + quickbooks.counters.of('calls'),
      reads: quickbooks.counters.of('metered reads'),
      posted: realm.table('Invoice').size,
    });
  } else process.exit(0);
});
