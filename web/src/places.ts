/** The places of the desk, as the navigation groups them. */
import type { IconName } from './icons.tsx';
import type { words } from './words.ts';

interface Place {
  readonly to: string;
  readonly name: IconName & keyof typeof words.nav;
}

export const places: readonly (readonly Place[])[] = [
  [
    { to: '/', name: 'desk' },
    { to: '/invoices', name: 'invoices' },
    { to: '/errors', name: 'errors' },
    { to: '/runs', name: 'runs' },
    { to: '/month-end', name: 'monthEnd' },
  ],
  [
    { to: '/items', name: 'items' },
    { to: '/links', name: 'links' },
    { to: '/mails', name: 'mails' },
    { to: '/settings', name: 'settings' },
  ],
  [
    { to: '/connections', name: 'connections' },
    { to: '/people', name: 'people' },
    { to: '/audit', name: 'audit' },
    { to: '/help/index', name: 'help' },
  ],
];

/** Does this address belong to that place? */
export const isWithin = (path: string, to: string): boolean =>
  to === '/'
    ? path === '/'
    : to.startsWith('/help/')
      ? path.startsWith('/help/')
      : path === to || path.startsWith(`${to}/`);
