/** Serves the built desk (web/dist): files by their names, every other address of the desk its page. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { z } from 'zod';
import { PROJECT } from '../platform/project.ts';
import { open, type App } from './context.ts';

export const DESK = join(PROJECT, 'web', 'dist');
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

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Pages that are drawn for people who are not signed in. */
const BEFORE_THE_DESK = ['sign-in', 'setup', 'join', 'reset'];

/**
 * What a page will ask for: its own scripts with all that they import, its styles, and the two answers that every page of the desk
 * begins with. Else the browser learns of each only when the one before it has come and run. It stands in a template, which is inert:
 * to ask for some thirty files is half a second's work for a slow processor, and the first paint comes before it (web/src/entry.ts).
 */
function hintsFor(name: string): string {
  const manifest = JSON.parse(readFileSync(join(DESK, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
  const withImports = (key: string, seen: Set<string>): Set<string> => {
    if (!seen.has(key)) {
      seen.add(key);
      for (const one of manifest[key]?.imports ?? []) withImports(one, seen);
    }
    return seen;
  };
  const known = withImports('index.html', new Set());
  const isBefore = BEFORE_THE_DESK.includes(name);
  const source = isBefore ? 'sign-in' : name === '' ? 'desk' : name;
  const wanted = withImports(`src/pages/${source}.tsx`, withImports('src/main.tsx', new Set()));
  const own = [...wanted].filter((key) => !known.has(key));
  const chunks = own.flatMap((key) => manifest[key] ?? []);
  const hints = [
    ...chunks
      .flatMap(({ css = [] }) => css)
      .map((file) => `<link rel="preload" as="style" crossorigin href="/${file}">`),
    ...(isBefore ? [] : ['session', 'connections']).map(
      (noun) => `<link rel="preload" as="fetch" crossorigin href="/api/v1/${noun}">`,
    ),
    ...chunks.map(({ file }) => `<link rel="preload" as="script" crossorigin href="/${file}">`),
  ];
  return `<template id="hints">${hints.join('')}</template>`;
}

/** False where the desk was not built: then the plain status page stands at the root. */
export const hasDesk = (): boolean => existsSync(join(DESK, 'index.html'));

/** The page as it is sent: to a visitor of the desk with its frame in place, to anybody else with a line that it opens. */
const withFrame = (page: string, frame: string | undefined): string =>
  frame === undefined ? page : page.replace(/<div class="lf-opening".*?<\/div>/, () => frame);

type Frames = Readonly<Record<string, Readonly<Record<'demo' | 'own', string>>>>;

/** An address that leads nowhere: to a person in a browser the desk says so, to a program the API. */
function addUnknown(app: App, page: string): void {
  app.get('/*', { config: open, schema: { hide: true } }, (request, reply) => {
    const isPerson = request.headers.accept?.includes('text/html') === true && !request.url.startsWith('/api/');
    if (!isPerson) return reply.callNotFound();
    return reply.code(404).type('text/html; charset=utf-8').send(page);
  });
}

export async function addDesk(app: App, isDemo: boolean): Promise<void> {
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
  const frames = JSON.parse(readFileSync(join(DESK, '.vite/first-frames.json'), 'utf8')) as Frames;
  for (const name of ['', ...PAGES]) {
    const text = page.replace('</head>', () => `${hintsFor(name)}</head>`);
    const framed = withFrame(text, frames[name]?.[isDemo ? 'demo' : 'own']);
    if (name === '') addUnknown(app, text);
    for (const path of name === '' ? ['/'] : [`/${name}`, `/${name}/*`])
      app.get(path, { config: open, schema: { hide: true } }, (request, reply) =>
        reply.type('text/html; charset=utf-8').send(isDemo || request.headers.cookie !== undefined ? framed : text),
      );
  }
}
