/** Serves the built desk (web/dist): files by their names, every other address of the desk its page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { z } from 'zod';
import { open, type App } from './context.ts';

export const DESK = join(import.meta.dirname, '../../web/dist');
/** The addresses of the desk's pages; the page itself finds its way by them. */
const PAGES = [
  'sign-in',
  'setup',
  'join',
  'reset',
  'invoices',
  'items',
  'links',
  'runs',
  'errors',
  'settings',
  'month-end',
  'audit',
  'people',
  'connections',
  'help',
  'mails',
  'first-run',
];

/** False where the desk was not built: then the plain status page stands at the root. */
export const hasDesk = (): boolean => existsSync(join(DESK, 'index.html'));

export async function addDesk(app: App): Promise<void> {
  await app.register(fastifyStatic, { root: join(DESK, 'assets'), serve: false, preCompressed: true });
  // Their names hold a hash of what is in them: a browser keeps them for good.
  app.get(
    '/assets/:name',
    { config: open, schema: { hide: true, params: z.object({ name: z.string().regex(/^[\w.-]{1,100}$/) }) } },
    (request, reply) => reply.sendFile(request.params.name, { immutable: true, maxAge: '365d' }),
  );
  // Where Intuit sends people from its list of apps: each lands on the page that says what is to do (facts/qbo.md 1.5).
  for (const [path, to] of [
    ['/launch', '/'],
    ['/disconnected', '/connections'],
    ['/reconnect', '/connections'],
  ] as const)
    app.get(path, { config: open, schema: { hide: true } }, (_request, reply) => reply.redirect(to, 302));
  const page = readFileSync(join(DESK, 'index.html'), 'utf8');
  for (const path of ['/', ...PAGES.flatMap((one) => [`/${one}`, `/${one}/*`])])
    app.get(path, { config: open, schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(page),
    );
}
