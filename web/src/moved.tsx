/** What reached QuickBooks this month: a sentence, a bar for each day, and the same figures as a table. */
import { Group, Stack, Text, Title } from '@mantine/core';
import type { Overview } from './api.ts';
import { exact, shown, sumOf } from './money.ts';
import { words } from './words.ts';

const HEIGHT = 72;
const STEP = 12;
const BAR = 8;

const monthName = (month: string): string =>
  new Date(`${month}-15T12:00:00Z`).toLocaleDateString('en', { month: 'long', year: 'numeric' });
const daysOf = (month: string): number => new Date(Number(month.slice(0, 4)), Number(month.slice(5)), 0).getDate();

/** A bar's height for looks only: whole pixels out of exact ten-thousandths. */
const heightOf = (amount: bigint, most: bigint): number =>
  most <= 0n || amount <= 0n ? 0 : Math.max(2, Number((amount * BigInt(HEIGHT)) / most));

export function Moved({ overview }: { overview: Overview }) {
  const currencies = [...new Set(overview.moved.map((day) => day.currency ?? ''))];
  return (
    <section className="lf-card" aria-labelledby="moved">
      <Title order={2} size="h5" id="moved">
        {words.desk.moved(monthName(overview.month))}
      </Title>
      {currencies.length === 0 ? <Text className="lf-quiet">{words.desk.nothingMoved}</Text> : null}
      {currencies.map((currency) => (
        <OfCurrency key={currency} currency={currency} overview={overview} />
      ))}
    </section>
  );
}

function OfCurrency({ currency, overview }: { currency: string; overview: Overview }) {
  const days = overview.moved.filter((day) => (day.currency ?? '') === currency);
  const invoices = days.reduce((sum, day) => sum + day.invoices, 0);
  const most = days.reduce((top, day) => (exact(day.amount) > top ? exact(day.amount) : top), 0n);
  const byDay = new Map(days.map((day) => [Number(day.day.slice(8)), day]));
  const all = Array.from({ length: daysOf(overview.month) }, (_, index) => index + 1);
  return (
    <Stack gap={6}>
      <Group gap="xs" align="baseline">
        <span className="lf-figure">{shown(sumOf(days.map((day) => day.amount)))}</span>
        <Text className="lf-quiet">
          {currency} · {words.desk.invoices(invoices)}
        </Text>
      </Group>
      <svg
        viewBox={`0 0 ${String(all.length * STEP)} ${String(HEIGHT + 16)}`}
        width="100%"
        height={HEIGHT + 28}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {all.map((day) => {
          const height = heightOf(exact(byDay.get(day)?.amount ?? ''), most);
          return (
            <rect
              key={day}
              x={(day - 1) * STEP + (STEP - BAR) / 2}
              y={HEIGHT - Math.max(height, 1)}
              width={BAR}
              height={Math.max(height, 1)}
              rx={height > 1 ? 1.5 : 0}
              fill={height > 0 ? 'var(--lf-bar)' : 'var(--lf-rule)'}
            />
          );
        })}
      </svg>
      <div className="lf-axis" aria-hidden="true">
        {all
          .filter((day) => day === 1 || day % 5 === 0)
          .map((day) => (
            <span key={day} style={{ left: `${String(((day - 0.5) / all.length) * 100)}%` }}>
              {day}
            </span>
          ))}
      </div>
      <Figures currency={currency} days={days} />
    </Stack>
  );
}

const Figures = ({ currency, days }: { currency: string; days: Overview['moved'] }) => (
  <details className="lf-figures">
    <summary>{words.desk.asTable}</summary>
    <table>
      <caption className="lf-hidden">{`${words.desk.byDay} ${currency}`}</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Invoices</th>
          <th scope="col">{`Amount ${currency}`}</th>
        </tr>
      </thead>
      <tbody>
        {days.map((day) => (
          <tr key={day.day}>
            <th scope="row">{day.day}</th>
            <td>{day.invoices}</td>
            <td>{shown(day.amount)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </details>
);
