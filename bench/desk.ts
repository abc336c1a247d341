/**
 * How fast the desk is for its reader: the invoice page over 10,000 invoices of the demo, beside an almost blank page as control,
 * in Chromium with a processor slowed down four times. `npm run bench -- desk`; VISITS and INVOICES change how much.
 * LCP: from the request of the address to the largest paint, on an empty cache. INP: from a key or a click to the next paint, by
 * the browser's own event timing, which counts in steps of 8 ms and leaves out what took less than 16.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { packedProgram } from '../bin/packed-program.mjs';

const VISITS = Number(process.env['VISITS'] ?? '9');
const INVOICES = Number(process.env['INVOICES'] ?? '10000');
const SLOWER = 4;
const SETTLE_MS = 400;
const READY_MS = 1_800_000;

const executablePath =
  [process.env['LEDGERFERRY_BROWSER'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path !== undefined && existsSync(path),
  ) ?? '';
if (executablePath === '') throw new Error('No Chromium was found: set LEDGERFERRY_BROWSER to its path.');

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const port = portOf(server);
      server.close(() => done(port));
    });
  });

/** The demo as its users start it; DESK names one that stands already. */
async function startDemo(): Promise<{ base: string; close: () => void }> {
  const given = process.env['DESK'];
  if (given !== undefined) return { base: given, close: () => undefined };
  const port = await freePort();
  const demo: ChildProcess = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', packedProgram(process.execPath), 'demo', '--invoices', String(INVOICES)],
    {
      // The vendors' ceilings, an hour long, pass in less than a minute: else writing 10,000 back takes half a day.
      env: { PATH: process.env['PATH'], LEDGERFERRY_PORT: String(port), LEDGERFERRY_TEST_TIME_SCALE: '100' },
      stdio: 'ignore',
    },
  );
  const base = `http://127.0.0.1:${String(port)}`;
  await ready(base, demo);
  return { base, close: () => demo.kill('SIGINT') };
}

/** Until every invoice is in the list and no run is at work. */
async function ready(base: string, demo: ChildProcess): Promise<void> {
  const asked = async <T>(path: string): Promise<T | null> => {
    const answer = await fetch(base + path).catch(() => null);
    return answer?.ok === true ? ((await answer.json()) as T) : null;
  };
  for (const since = performance.now(); performance.now() - since < READY_MS; await pause(2_000)) {
    if (demo.exitCode !== null) throw new Error('the demo ended by itself');
    const page = await asked<{ summary: { count: number } }>('/api/v1/invoices/table?size=1');
    const all = await asked<{ connections: { inProcess: unknown }[] }>('/api/v1/connections');
    const listed = page?.summary.count ?? 0;
    if (listed >= INVOICES && all?.connections.every((one) => one.inProcess === null) === true) return;
  }
  throw new Error(`the demo did not list ${String(INVOICES)} invoices in half an hour`);
}

const CONTROL = `<!doctype html><html lang="en"><title>Control</title><h1>Control</h1><p>An almost blank page.</p>
<input type="search"><input type="checkbox"><button type="button">Nothing</button>`;

const WATCH = `
  globalThis.seen = { lcp: 0, events: [] };
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
    .observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (one.interactionId > 0) seen.events.push(one.duration); })
    .observe({ type: 'event', durationThreshold: 16, buffered: true });`;

interface Step {
  readonly name: string;
  readonly act: (page: Page) => Promise<unknown>;
}

/** Without the driver's own look at what lies under the pointer: it runs in the page, and would be counted as the page's. */
const click = (what: Locator): Promise<void> => what.click({ force: true });
const rows = (page: Page) => page.locator('.bk-table tbody tr');
const deskSteps: readonly Step[] = [
  {
    name: 'type in the search',
    act: (page) => page.locator('.bk-search input').pressSequentially('12', { delay: 60 }),
  },
  { name: 'select a row', act: (page) => click(rows(page).nth(2).locator('.bk-check')) },
  { name: 'select the page', act: (page) => click(page.locator('thead input[type=checkbox]')) },
  { name: 'sort by total', act: (page) => click(page.locator('thead button', { hasText: 'Autotask' })) },
  { name: 'open the drawer', act: (page) => click(rows(page).nth(4).locator('.bk-company')) },
];
const controlSteps: readonly Step[] = [
  { name: 'type', act: (page) => page.locator('input[type=search]').pressSequentially('12', { delay: 60 }) },
  { name: 'tick', act: (page) => click(page.locator('input[type=checkbox]')) },
  { name: 'click', act: (page) => click(page.locator('button')) },
];

interface Visit {
  /** The first paint with anything in it. */
  readonly fcp: number;
  /** What the reader came for stands there: the first row, or the control's heading. */
  readonly shown: number;
  readonly lcp: number;
  readonly steps: ReadonlyMap<string, number>;
}

async function visit(browser: Browser, url: string, shown: string, steps: readonly Step[]): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  await page.goto(url);
  await page.locator(shown).first().waitFor();
  const shownAt = await page.evaluate<number>('performance.now()');
  await pause(SETTLE_MS * 3);
  const lcp = await page.evaluate<number>('seen.lcp');
  const fcp = await page.evaluate<number>('performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0');
  const taken = new Map<string, number>();
  for (const { name, act } of steps) {
    await page.evaluate('void (seen.events.length = 0)');
    await act(page);
    await pause(SETTLE_MS);
    taken.set(name, await page.evaluate<number>('Math.max(0, ...seen.events)'));
    // What the step brought (an answer, a drawer) is there before the next one.
    await pause(SETTLE_MS * 2);
  }
  await context.close();
  return { fcp, shown: shownAt, lcp, steps: taken };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const worst = (one: Visit): number => Math.max(...one.steps.values());

async function measure(browser: Browser, who: string, url: string, shown: string, steps: readonly Step[]) {
  await visit(browser, url, shown, []);
  const visits: Visit[] = [];
  for (let at = 0; at < VISITS; at += 1) visits.push(await visit(browser, url, shown, steps));
  const line = (what: string, values: readonly number[]): void =>
    void process.stdout.write(
      `| ${who} | ${what} | ${median(values).toFixed(0)} | ${Math.min(...values).toFixed(0)} | ${Math.max(...values).toFixed(0)} |\n`,
    );
  line(
    'first paint',
    visits.map((one) => one.fcp),
  );
  line(
    'what one came for stands there',
    visits.map((one) => one.shown),
  );
  line(
    'LCP',
    visits.map((one) => one.lcp),
  );
  line('INP: the slowest of these', visits.map(worst));
  for (const { name } of steps)
    line(
      name,
      visits.map((one) => one.steps.get(name) ?? 0),
    );
}

const demo = await startDemo();
const control = createHttp((_request, reply) => reply.setHeader('content-type', 'text/html').end(CONTROL));
await new Promise<void>((done) => control.listen(0, '127.0.0.1', done));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  process.stdout.write(
    `${String(INVOICES)} invoices, ${String(VISITS)} visits, processor slowed down ${String(SLOWER)} times, ${String(cpus().length)} cores, ${browser.version()}. Milliseconds.\n\n`,
  );
  process.stdout.write('| page | what | median | least | most |\n| --- | --- | ---: | ---: | ---: |\n');
  await measure(browser, 'control', `http://127.0.0.1:${String(portOf(control))}/`, 'h1', controlSteps);
  await measure(browser, 'invoices', `${demo.base}/invoices`, '.bk-table tbody tr', deskSteps);
} finally {
  await browser.close();
  control.close();
  demo.close();
}
