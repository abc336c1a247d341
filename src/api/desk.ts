/** Serves the built desk (web/dist): files by their names, every other address of the desk its page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { open, type App } from './context.ts';

export const DESK = join(import.meta.dirname, '../../web/dist');
/** The addresses of the desk's pages; the page itself finds its way by them. */
const PAGES = [
  'sign-in',
  'setup',
  'join',
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
];

/** False where the desk was not built: then the plain status page stands at the root. */
export const hasDesk = (): boolean => existsSync(join(DESK, 'index.html'));

export async function addDesk(app: App): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(DESK, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    cacheControl: false,
    decorateReply: false,
    setHeaders: (reply) => reply.header('cache-control', 'public, max-age=31536000, immutable'),
  });
  const page = readFileSync(join(DESK, 'index.html'), 'utf8');
  for (const path of ['/', ...PAGES.flatMap((one) => [`/${one}`, `/${one}/*`])])
    app.get(path, { config: open, schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(page),
    );
}
