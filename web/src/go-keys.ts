/** Where a letter after g leads; the list of keys shows the same table. */
export const goKeys: Readonly<Record<string, string>> = {
  d: '/',
  i: '/invoices',
  e: '/errors',
  r: '/runs',
  m: '/month-end',
  s: '/settings',
  c: '/connections',
};
