/**
 * The desk in a real browser, for tests: both sandboxes, a real database, the real server, Chromium. Two servers stand on one
 * world: `demo` opens signed in, `base` asks people to sign in (its first owner is made here).
 *
 * How to add a page: one line in the list of test/browser/pages.test.ts; it is then looked at in light and dark, on a desktop and
 * on a phone, checked by axe, and kept as a picture in artifacts/. How to test what a page does: a file of your own beside it:
 *
 *   const desk = await openDesk({ invoices: 30, obstacles: true });  // in beforeAll; desk.close() in afterAll
 *   const { page, faults } = await desk.visit('/invoices');          // signed in as the demo's visitor
 *   ...
 *   expect(faults()).toEqual([]);                                    // no error, no dialog, no breach of the content policy
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startServer } from '../../src/api/server.ts';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { DatabaseClock } from '../../src/platform/database-clock.ts';
import { builtDesk } from './desk.ts';
import { freePort } from './ports.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

export const executablePath = process.env['LEDGERFERRY_BROWSER'] ?? '';
export const hasBrowser = executablePath !== '';
export const ARTIFACTS = join(import.meta.dirname, '../../artifacts');
export const OWNER = { name: 'Olive Owner', email: 'olive@msp.example', password: 'correct horse battery' };

export interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** `demo`: signed in at once. `owner`: the first owner. `nobody`: not signed in. */
  readonly as?: 'demo' | 'owner' | 'nobody';
}

export interface Visit {
  readonly page: Page;
  /** What went wrong in the browser since the page was opened: errors, dialogs, breaches of the content security policy. */
  readonly faults: () => string[];
}

export interface Desk {
  readonly world: World;
  readonly browser: Browser;
  readonly demo: string;
  readonly base: string;
  /** The first owner's one-time link, used already when `as: 'owner'` was asked for. */
  readonly setupLink: string;
  visit(path: string, look?: Look): Promise<Visit>;
  /** Puts the product's clock forward, for good: what a password proved grows old. */
  advance(minutes: number): Promise<void>;
  close(): Promise<void>;
}

/** @param options as for makeWorld; the world is synced once */
export async function openDesk(options: WorldOptions = {}): Promise<Desk> {
  builtDesk();
  mkdirSync(ARTIFACTS, { recursive: true });
  const port = await freePort();
  const world = await makeWorld({
    invoices: 30,
    obstacles: true,
    ...options,
    env: { LEDGERFERRY_PORT: String(port), ...options.env },
  });
  await world.sync();
  const demo = await serveOn(world, await freePort(), true);
  const served = await serveOn(world, port, false);
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  let cookie: string | null = null;
  const signedIn = async (): Promise<string> => (cookie ??= await becomeOwner(served.url, served.token));
  let aheadMs = 0;
  return {
    world,
    browser,
    async advance(minutes) {
      const { clock } = world.opened.services;
      if (!(clock instanceof DatabaseClock)) throw new Error('another clock');
      aheadMs += minutes * 60_000;
      clock.setAuthority(() => Promise.resolve(new Date(Date.now() + aheadMs)));
      await clock.follow();
    },
    demo: demo.url,
    base: served.url,
    setupLink: `${served.url}/setup?token=${served.token}`,
    visit: async (path, look = {}) => {
      const as = look.as ?? 'demo';
      return visit(browser, `${as === 'demo' ? demo.url : served.url}${path}`, {
        ...look,
        cookie: as === 'owner' ? await signedIn() : null,
      });
    },
    close: async () => {
      await browser.close();
      await demo.close();
      await served.close();
      await world.close();
    },
  };
}

async function serveOn(world: World, port: number, isDemo: boolean) {
  const { services, mailer } = world.opened;
  const publicUrl = `http://127.0.0.1:${String(port)}`;
  const own = { ...services, config: { ...services.config, port, publicUrl } };
  const { organizationId } = world.tenant;
  const signIn = await createSignIn(own);
  const { token } = await signIn.ownerLink(organizationId);
  const server = await startServer({
    services: own,
    organizationId,
    worker: { services: own, mailer, say: () => undefined },
    signIn,
    isDemo,
    status: () => Promise.resolve({ banner: null, progress: null, report: null }),
  });
  const close = async (): Promise<void> => {
    await server.close();
    await signIn.close();
  };
  return { url: publicUrl, token, close };
}

async function becomeOwner(base: string, token: string): Promise<string> {
  const answer = await fetch(`${base}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: base },
    body: JSON.stringify({ ...OWNER, token }),
  });
  if (!answer.ok) throw new Error(`no owner: ${await answer.text()}`);
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}

async function visit(browser: Browser, url: string, look: Look & { cookie: string | null }): Promise<Visit> {
  const context = await browser.newContext({
    colorScheme: look.scheme ?? 'light',
    viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
    reducedMotion: 'reduce',
  });
  for (const pair of look.cookie?.split('; ') ?? []) {
    const at = pair.indexOf('=');
    await context.addCookies([{ name: pair.slice(0, at), value: pair.slice(at + 1), url: new URL(url).origin }]);
  }
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refused request is told by the page itself; the browser's own line about it is no fault of ours.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, faults: () => faults };
}

/** Waits until the page is drawn: its heading stands, and nothing says that it is still being fetched. */
export async function drawn(page: Page): Promise<void> {
  await page.locator('#first').waitFor({ state: 'detached' });
  await page.locator('h1').first().waitFor();
  await page.locator('[role=status] .mantine-Loader-root').first().waitFor({ state: 'detached' });
}

/**
 * WCAG 2.2 A and AA by axe: one line for each finding, with where it is. In axe's mode for pages without frames (ours have none),
 * which spares a second page for each look.
 * @param rules only these, where the others were looked at already
 */
export async function axeFindings(page: Page, rules: readonly string[] | null = null): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (
    rules === null ? axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']) : axe.withRules([...rules])
  ).analyze();
  return violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`.slice(0, 400)),
  );
}

/** Where the page is wider than the window, which makes a reader scroll sideways. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

export const picture = (page: Page, name: string, fullPage = true): Promise<Buffer> =>
  page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage });
