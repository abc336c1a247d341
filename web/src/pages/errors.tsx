/** What is in the way: by cause with its cures; the log of all errors; the bundle for whoever helps. */
import '../tools.css';
import { Anchor, Button, Checkbox, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link as RouterLink, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok, type Cause, type LoggedError } from '../api.ts';
import { CauseCard } from '../cures.tsx';
import { download } from '../files.ts';
import { Empty, Page, refused, said, Trouble, Waiting, when } from '../parts.tsx';
import { may, useConnection, useSession, waitingOf } from '../session.tsx';
import { told } from '../told.ts';
import { toolWords } from '../tools-words.ts';
import { curableFirst } from '../ways.ts';
import { words } from '../words.ts';

const texts = toolWords.errors;
const tabs = ['causes', 'log', 'support'] as const;
type Tab = (typeof tabs)[number];
const LOG_SHOWN = 100;

export function Errors() {
  const search: { tab?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const tab = tabs.find((one) => one === search.tab) ?? 'causes';
  return (
    <Page
      title={words.nav.errors}
      help={tab === 'support' ? 'troubleshoot' : 'errors'}
      actions={
        <SegmentedControl
          aria-label={words.nav.errors}
          data={tabs.map((value) => ({ value, label: texts.tabs[value] }))}
          value={tab}
          onChange={(to) => void navigate({ to: '/errors', search: { tab: to as Tab } })}
        />
      }
    >
      {tab === 'causes' ? <Causes /> : tab === 'log' ? <Log /> : <Support />}
    </Page>
  );
}

function Causes() {
  const { name } = useConnection();
  const waiting = useQuery(waitingOf(name));
  if (waiting.isPending) return <Waiting what={texts.looking} />;
  if (waiting.isError) return <Trouble error={waiting.error} again={() => void waiting.refetch()} />;
  const { causes, actions } = waiting.data;
  const mine = curableFirst(causes.filter((cause) => cause.who !== 'nobody'));
  const others = causes.filter((cause) => cause.who === 'nobody');
  return (
    <Stack gap="lg">
      {mine.length === 0 ? <Empty title={texts.clear}>{texts.clearWhy}</Empty> : null}
      {groups(mine).map(([who, rows]) => (
        <section key={who} className="lf-card" aria-label={whoWord(who)}>
          <Text component="h2" className="lf-quiet" m={0}>
            {whoWord(who)}
          </Text>
          <ul className="lf-causes">
            {rows.map((cause) => (
              <CauseCard key={cause.id} cause={cause} actions={actions} isWhole />
            ))}
          </ul>
        </section>
      ))}
      {others.length === 0 ? null : (
        <details className="lf-card">
          <summary>{texts.byThemselves(others.length)}</summary>
          <ul className="lf-causes">
            {others.map((cause) => (
              <CauseCard key={cause.id} cause={cause} actions={actions} isWhole />
            ))}
          </ul>
        </details>
      )}
    </Stack>
  );
}

const whoWord = (who: string): string => (who in texts.who ? texts.who[who as keyof typeof texts.who] : who);
const groups = (causes: readonly Cause[]): [string, Cause[]][] =>
  ['bookkeeper', 'admin', 'us'].flatMap((who): [string, Cause[]][] => {
    const rows = causes.filter((cause) => cause.who === who);
    return rows.length === 0 ? [] : [[who, rows]];
  });

function Log() {
  const { name } = useConnection();
  const [text, setText] = useState('');
  const [isAll, setAll] = useState(false);
  const log = useQuery({
    queryKey: ['errors', name, isAll],
    queryFn: () =>
      ok(client.GET('/api/v1/errors', { params: { query: { connection: name, all: isAll ? 'true' : 'false' } } })),
  });
  const wanted = text.trim().toLowerCase();
  const rows = (log.data?.errors ?? []).filter((one) => matches(one, wanted));
  return (
    <Stack gap="md">
      <Group className="lf-no-print">
        <TextInput
          type="search"
          aria-label={texts.search}
          placeholder={texts.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: 1, minWidth: 220 }}
        />
        <Checkbox label={texts.showAll} checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} />
      </Group>
      {log.isPending ? <Waiting what={texts.looking} /> : null}
      {log.isError ? <Trouble error={log.error} again={() => void log.refetch()} /> : null}
      {log.isSuccess && rows.length === 0 ? <Empty title={texts.noLog}>{texts.noLogWhy}</Empty> : null}
      {rows.length === 0 ? null : <LogTable rows={rows} />}
    </Stack>
  );
}

const matches = (one: LoggedError, wanted: string): boolean =>
  wanted === '' ||
  [one.text, told(one.text), one.code, one.reference ?? '', String(one.autotaskInvoiceId ?? '')].some((part) =>
    part.toLowerCase().includes(wanted),
  );

function LogTable({ rows }: { rows: readonly LoggedError[] }) {
  const [shown, setShown] = useState(LOG_SHOWN);
  const { columns } = texts;
  return (
    <div className="lf-card">
      <table className="lf-table lf-cards">
        <thead>
          <tr>
            <th scope="col">{columns.text}</th>
            <th scope="col">{columns.invoice}</th>
            <th scope="col">{columns.last}</th>
            <th scope="col" className="lf-number">
              {columns.count}
            </th>
            <th scope="col">{columns.reference}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((one) => (
            <tr key={one.id}>
              <td>
                <span className="lf-blanks">{told(one.text)}</span>
                <br />
                <span className="lf-quiet">
                  <RouterLink to={`/help/${one.code}`}>{one.code}</RouterLink>
                  {one.closedAt === null ? '' : ` · ${texts.cured} ${when(one.closedAt)}`}
                  {one.runId === null ? null : (
                    <>
                      {' · '}
                      <RouterLink to={`/runs/${one.runId}`}>{texts.run}</RouterLink>
                    </>
                  )}
                </span>
              </td>
              <td className="lf-whole" data-label={columns.invoice}>
                {one.autotaskInvoiceId === null ? null : (
                  <RouterLink to="/invoices" search={{ search: String(one.autotaskInvoiceId) }}>
                    {one.autotaskInvoiceId}
                  </RouterLink>
                )}
              </td>
              <td className="lf-whole" data-label={columns.last}>
                {when(one.lastSeen)}
                <br />
                <span className="lf-quiet">{`${texts.since} ${when(one.firstSeen)}`}</span>
              </td>
              <td className="lf-number" data-label={columns.count}>
                {one.count}
              </td>
              <td data-label={columns.reference}>
                {one.reference === null ? null : <span className="lf-break">{one.reference}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown ? (
        <Button variant="subtle" onClick={() => setShown(shown + LOG_SHOWN)} mt="sm">
          {`+ ${String(Math.min(LOG_SHOWN, rows.length - shown))}`}
        </Button>
      ) : null}
    </div>
  );
}

const addressList = (text: string): string[] =>
  text
    .split(/[,;\s]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

function Support() {
  const { name } = useConnection();
  const { data: session } = useSession();
  const [withCustomerData, setData] = useState(false);
  const [addresses, setAddresses] = useState('');
  const file = useMutation({
    mutationFn: () =>
      download(`/api/v1/troubleshoot?connection=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ withCustomerData }),
      }),
    onError: refused,
  });
  const mail = useMutation({
    mutationFn: () =>
      ok(
        client.POST('/api/v1/troubleshoot/mail', {
          params: { query: { connection: name } },
          body: { withCustomerData, emails: addressList(addresses) },
        }),
      ),
    onSuccess: ({ mailed }) =>
      said(
        mailed.every((one) => one.state === 'kept') ? texts.kept : texts.mailed(mailed.map((one) => one.to).join(', ')),
      ),
    onError: refused,
  });
  const isOwner = may(session, 'owner');
  return (
    <section className="lf-card" style={{ maxWidth: 640 }}>
      <Stack gap="md" align="flex-start">
        <Text component="h2" fw={600} m={0}>
          {texts.tabs.support}
        </Text>
        <Text size="sm">{texts.supportWhy}</Text>
        {isOwner ? null : <Text size="sm">{texts.ownerOnly}</Text>}
        <Checkbox
          label={texts.customerData}
          checked={withCustomerData}
          disabled={!isOwner}
          onChange={(event) => setData(event.currentTarget.checked)}
        />
        <Button disabled={!isOwner} loading={file.isPending} onClick={() => file.mutate()}>
          {texts.download}
        </Button>
        <form
          style={{ width: '100%' }}
          onSubmit={(event) => {
            event.preventDefault();
            mail.mutate();
          }}
        >
          <Group align="flex-end">
            <TextInput
              style={{ flex: 1, minWidth: 220 }}
              label={texts.addresses}
              description={texts.addressesWhy}
              disabled={!isOwner}
              value={addresses}
              onChange={(event) => setAddresses(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" disabled={!isOwner} loading={mail.isPending}>
              {texts.mail}
            </Button>
          </Group>
        </form>
        <Anchor component={RouterLink} to="/mails" size="sm">
          {words.nav.mails}
        </Anchor>
      </Stack>
    </section>
  );
}
