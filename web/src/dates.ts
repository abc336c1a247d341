/** Calendar dates as people read them. A day has no hour: no time zone may make another day of it. */
const form = { dateStyle: 'medium', timeZone: 'UTC' } as const;
let format: Intl.DateTimeFormat | undefined;

/** `2026-11-19` as `Nov 19, 2026`; what is no calendar date stands as it is. */
export function day(date: string | null | undefined): string {
  if (date === null || date === undefined) return '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  const at = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return date;
  // Made once: a table of fifty rows asks a hundred times.
  format ??= new Intl.DateTimeFormat(undefined, form);
  return format.format(at);
}
