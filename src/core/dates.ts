/** Calendar dates and windows in a connection's time zone. The present instant is always handed in. */
import { Temporal } from 'temporal-polyfill';
import type { CalendarDate, Instant } from './source.ts';

/** Is it a day of the calendar, written as 2026-03-31? */
export const isCalendarDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
  new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** The calendar date of an instant in a zone. */
export const dateIn = (instant: Instant, timeZone: string): CalendarDate =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString();

/** The answer to the last question: one is asked for every invoice of a run, and calendars are slow. Keys say all that it depends on. */
function remembering(): (key: string, answer: () => string) => string {
  let last = { key: '', value: '' };
  return (key, answer) => {
    if (last.key !== key) last = { key, value: answer() };
    return last.value;
  };
}
const lastStart = remembering();
const lastDay = remembering();

/** An instant's minute, which is all that its day depends on: no zone's day begins within one. Other spellings stay whole. */
const minuteOf = (instant: Instant): string => (instant.endsWith('Z') ? instant.slice(0, 16) : instant);

/**
 * Where a window of `days` begins: inclusive, so that 14 on 3 March reaches back to 17 February (facts/mission.md A3 row 4),
 * at the first instant of that day in the zone, whatever daylight saving did in between.
 */
export const windowStart = (now: Instant, days: number, timeZone: string): Instant =>
  lastStart(`${minuteOf(now)} ${String(days)} ${timeZone}`, () =>
    Temporal.Instant.from(now)
      .toZonedDateTimeISO(timeZone)
      .toPlainDate()
      .subtract({ days })
      .toZonedDateTime(timeZone)
      .toInstant()
      .toString(),
  );

/** The hour of the day, 0 to 23, of an instant in a zone. */
export const hourIn = (instant: Instant, timeZone: string): number =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).hour;

/** So many days later (earlier when below zero). */
export const addDays = (date: CalendarDate, days: number): CalendarDate =>
  Temporal.PlainDate.from(date).add({ days }).toString();

/** The first instant of a day in a zone. */
export const dayStart = (date: CalendarDate, timeZone: string): Instant =>
  lastDay(`${date} ${timeZone}`, () => Temporal.PlainDate.from(date).toZonedDateTime(timeZone).toInstant().toString());
