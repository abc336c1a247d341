/** What the changes would do to the invoices that wait, asked for before they are saved. */
import { Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client, ok } from './api.ts';
import { shown } from './money.ts';
import { Waiting } from './parts.tsx';
import { useConnection } from './session.tsx';
import { settingTexts as texts } from './setting-groups.ts';
import { told } from './told.ts';
import { toolWords } from './tools-words.ts';

const NAMED = 20;

export function Effect({ changes }: { changes: Readonly<Record<string, string>> }) {
  const { name } = useConnection();
  const key = JSON.stringify(changes);
  const look = useMutation({
    mutationFn: async (asked: string) => ({
      asked,
      effect: await ok(
        client.POST('/api/v1/settings/effect', {
          params: { query: { connection: name } },
          body: { changes: JSON.parse(asked) as Record<string, string> },
        }),
      ),
    }),
  });
  if (look.isPending) return <Waiting what={texts.looking} />;
  if (look.isError && look.variables === key) return <Text size="sm">{look.error.message}</Text>;
  // An answer about other changes than these is no answer.
  if (look.data === undefined || look.data.asked !== key)
    return (
      <Button variant="subtle" size="compact-sm" style={{ alignSelf: 'flex-start' }} onClick={() => look.mutate(key)}>
        {texts.effect}
      </Button>
    );
  const { freed, stopped, redrafted, unchanged } = look.data.effect;
  const parts = [
    { rows: freed, text: texts.freed(freed.length) },
    { rows: stopped, text: texts.stopped },
    { rows: redrafted, text: texts.redrafted },
  ].filter(({ rows }) => rows.length > 0);
  return (
    <div role="status">
      {parts.length === 0 ? <Text size="sm">{texts.nothing}</Text> : null}
      {parts.map(({ rows, text }) => (
        <details key={text}>
          <summary>{`${toolWords.invoices(rows.length)} ${text}`}</summary>
          <ul className="lf-names">
            {rows.slice(0, NAMED).map((row) => (
              <li key={row.autotaskInvoiceId}>
                {`${row.invoiceNumber || String(row.autotaskInvoiceId)} ${row.company} ${shown(row.totalWithTax)}`}
                {row.reasons[0] === undefined ? null : <div className="lf-quiet">{told(row.reasons[0].text)}</div>}
              </li>
            ))}
            {rows.length > NAMED ? <li>{`+ ${String(rows.length - NAMED)}`}</li> : null}
          </ul>
        </details>
      ))}
      {unchanged > 0 ? (
        <Text className="lf-quiet">{`${toolWords.invoices(unchanged)} ${texts.same(unchanged)}`}</Text>
      ) : null}
    </div>
  );
}
