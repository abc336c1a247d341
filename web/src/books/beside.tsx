/** One invoice on both sides, line by line; what differs is marked by a sign and a word, never by colour alone. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Beside } from '../api.ts';
import { day } from '../dates.ts';
import { said, refused } from '../parts.tsx';
import { Amount } from './parts.tsx';
import { words } from './words.ts';

type Line = Beside['lines'][number];
type SideLine = NonNullable<Line['autotask']>;

export function BesideTable({ beside }: { beside: Beside }) {
  const count = beside.differs.length + beside.lines.filter((line) => line.differs.length > 0).length;
  const { fields } = words.drawer;
  return (
    <>
      {beside.isMissing ? (
        <p className="bk-hint" data-tone="warn">
          {words.drawer.gone}
        </p>
      ) : null}
      <p className="bk-hint" data-tone={count === 0 ? 'good' : 'warn'}>
        {count > 0 ? words.drawer.differ(count) : beside.holds === 'draft' ? words.drawer.sameDraft : words.drawer.same}
      </p>
      <div className="bk-scroll">
        <table className="bk-beside">
          <thead>
            <tr>
              <th scope="col" />
              <th scope="col">{words.drawer.autotask}</th>
              <th scope="col">{beside.holds === 'draft' ? words.drawer.draft : words.drawer.quickbooks}</th>
            </tr>
          </thead>
          <tbody>
            <Head name={fields.party} a={beside.autotask.party} b={beside.quickbooks.party} />
            <Head
              name={fields.number}
              a={beside.autotask.number}
              b={beside.quickbooks.number}
              differs={beside.differs.includes('number')}
            />
            <Head
              name={fields.date}
              a={day(beside.autotask.date)}
              b={day(beside.quickbooks.date)}
              differs={beside.differs.includes('date')}
            />
            <Head
              name={fields.dueDate}
              a={day(beside.autotask.dueDate)}
              b={day(beside.quickbooks.dueDate)}
              note={isOtherDay(beside.autotask.dueDate, beside.quickbooks.dueDate) ? words.drawer.otherDue : null}
            />
          </tbody>
          <tbody>
            {beside.lines.map((line, index) => (
              <LineRow key={index} line={line} number={index + 1} />
            ))}
          </tbody>
          <tbody className="bk-totals">
            <Sum name={fields.net} a={beside.autotask.net} b={beside.quickbooks.net} />
            <Sum
              name={fields.tax}
              a={beside.autotask.tax}
              b={beside.quickbooks.tax}
              differs={beside.differs.includes('tax')}
            />
            <Sum
              name={fields.total}
              a={beside.autotask.total}
              b={beside.quickbooks.total}
              differs={beside.differs.includes('total')}
              isStrong
            />
            {beside.quickbooks.balance === null ? null : (
              <Sum name={fields.balance} a="" b={beside.quickbooks.balance} />
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** A due date may follow another payment term: told, and no difference of the invoice. */
const isOtherDay = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

const Differs = () => (
  <span className="bk-differs">
    <span aria-hidden="true">≠ </span>
    {words.drawer.differs}
  </span>
);

function Head({
  name,
  a,
  b,
  differs = false,
  note = null,
}: {
  name: string;
  a: string | null;
  b: string | null;
  differs?: boolean;
  note?: string | null;
}) {
  return (
    <tr data-differs={differs}>
      <th scope="row">{name}</th>
      <td>
        <bdi>{a ?? ''}</bdi>
      </td>
      <td>
        <bdi>{b ?? ''}</bdi> {differs ? <Differs /> : null}
        {note === null ? null : <span className="bk-why">{note}</span>}
      </td>
    </tr>
  );
}

function Sum({
  name,
  a,
  b,
  differs = false,
  isStrong = false,
}: {
  name: string;
  a: string | null;
  b: string | null;
  differs?: boolean;
  isStrong?: boolean;
}) {
  return (
    <tr data-differs={differs} data-strong={isStrong}>
      <th scope="row">{name}</th>
      <td className="bk-money">
        <Amount amount={a} />
      </td>
      <td className="bk-money">
        {differs ? <Differs /> : null}
        {b === null ? <span className="bk-why">{words.drawer.unknown}</span> : <Amount amount={b} />}
      </td>
    </tr>
  );
}

function LineRow({ line, number }: { line: Line; number: number }) {
  const { autotask, quickbooks, differs } = line;
  return (
    <tr data-differs={differs.length > 0}>
      <th scope="row">{number}</th>
      <td>
        <LineCell line={autotask} />
      </td>
      <td>
        <LineCell line={quickbooks}>
          {line.cents === null ? null : <span className="bk-why">{words.drawer.cents(line.cents)}</span>}
          {line.isAmountOnly ? <span className="bk-why">{words.drawer.amountOnly}</span> : null}
          {differs.length === 0 || quickbooks === null || autotask === null ? null : (
            <span className="bk-differs">
              <span aria-hidden="true">≠ </span>
              {`${differs.join(', ')} ${words.drawer.differs}`}
            </span>
          )}
        </LineCell>
      </td>
    </tr>
  );
}

function LineCell({ line, children }: { line: SideLine | null; children?: ReactNode }) {
  if (line === null) return <span className="bk-differs">{words.drawer.notThere}</span>;
  const name = line.name === '' || line.name === line.description ? null : line.name;
  return (
    <div className="bk-line">
      <div>
        {name === null ? null : <strong>{<bdi>{name}</bdi>}</strong>}
        <bdi className="bk-text">{line.description}</bdi>
        {line.quantity === null || line.rate === null ? null : (
          <span className="bk-why">
            {line.quantity} × <Amount amount={line.rate} />
          </span>
        )}
        {children}
      </div>
      <Amount amount={line.amount} />
    </div>
  );
}

/** The body as it is, indented without touching a digit: only blanks between the tokens are added. */
export function ExactJson({ text }: { text: string }) {
  return (
    <details className="bk-json">
      <summary>{words.drawer.json}</summary>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => void navigator.clipboard.writeText(text).then(() => said(words.drawer.copied), refused)}
      >
        {words.drawer.copyText}
      </Button>
      <pre tabIndex={0}>{indented(text)}</pre>
    </details>
  );
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function indented(text: string): string {
  let depth = 0;
  let out = '';
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      depth += 1;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      out += line() + token;
    } else if (token === ',') out += token + line();
    else if (token === ':') out += ': ';
    else out += token;
  }
  return out;
}
