/** Who is who: each name of Autotask beside its row in QuickBooks, suggestions to accept singly or all, CSV in and out. */
import '../tools.css';
import { Button, FileButton, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { client, ok } from '../api.ts';
import { Chips, usePieces } from '../paging.tsx';
import { Download, Empty, Page, refused, Trouble, Waiting } from '../parts.tsx';
import { Pick } from '../pick.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { toolWords } from '../tools-words.ts';
import { words } from '../words.ts';

const LinkFile = lazy(() => import('../link-file.tsx').then((module) => ({ default: module.LinkFile })));
const texts = toolWords.links;
const kinds = ['customer', 'item', 'term', 'tax-code', 'class', 'location'] as const;
type Kind = (typeof kinds)[number];
const filters = ['all', 'open', 'suggested', 'linked'] as const;
type Filter = (typeof filters)[number];

interface Row {
  readonly source: string;
  readonly name: string;
  readonly link: { readonly id: string; readonly name: string; readonly origin: string } | null;
  readonly suggestion: { readonly id: string; readonly name: string; readonly isSameName: boolean } | null;
}
interface Pair {
  readonly source: string;
  readonly quickbooks: string;
}

export function Links() {
  const search: { kind?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { name } = useConnection();
  const { data: session } = useSession();
  const [csv, setCsv] = useState<string | null>(null);
  const kind = kinds.find((one) => one === search.kind) ?? 'customer';
  return (
    <Page
      title={words.nav.links}
      help="links"
      actions={
        <>
          <Download href={`/api/v1/links/csv?connection=${encodeURIComponent(name)}`}>{texts.csvOut}</Download>
          <FileButton
            accept=".csv,text/csv"
            onChange={(file) => {
              if (file !== null) void file.text().then(setCsv);
            }}
          >
            {(props) => (
              <Button {...props} variant="default" disabled={!may(session, 'bookkeeper')}>
                {texts.csvIn}
              </Button>
            )}
          </FileButton>
        </>
      }
    >
      <Text className="lf-quiet">{texts.lead}</Text>
      <Tabs
        value={kind}
        keepMounted={false}
        onChange={(to) => void navigate({ to: '/links', search: { kind: to ?? 'customer' } })}
      >
        <Tabs.List mb="md">
          {kinds.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.kinds[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {kinds.map((one) => (
          <Tabs.Panel key={one} value={one}>
            {one === 'location' ? (
              <Empty title={texts.notYet}>{texts.notYetWhy}</Empty>
            ) : (
              <Kind key={`${name} ${one}`} kind={one} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      {csv === null ? null : (
        <Suspense fallback={null}>
          <LinkFile csv={csv} onClose={() => setCsv(null)} />
        </Suspense>
      )}
    </Page>
  );
}

/** Setting and taking away, each with the way back: what was there before, or nothing. */
function useLinking(kind: Kind, rows: readonly Row[]) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const [last, setLast] = useState<{ text: string; set: Pair[]; unset: string[] } | null>(null);
  const query = { connection: name };
  const before = (sources: readonly string[]): { set: Pair[]; unset: string[] } => {
    const old = rows.filter((row) => sources.includes(row.source));
    return {
      set: old.flatMap((row) => (row.link === null ? [] : [{ source: row.source, quickbooks: row.link.id }])),
      unset: old.filter((row) => row.link === null).map((row) => row.source),
    };
  };
  const work = useMutation({
    mutationFn: async ({ set, unset }: { set: readonly Pair[]; unset: readonly string[]; isUndo?: boolean }) => {
      const back = before([...set.map((one) => one.source), ...unset]);
      for (const source of unset)
        await ok(client.DELETE('/api/v1/links', { params: { query: { ...query, kind, source } } }));
      if (set.length > 0)
        await ok(
          client.PUT('/api/v1/links', {
            params: { query },
            body: { links: set.map((one) => ({ kind, ...one })) },
          }),
        );
      return back;
    },
    onSuccess: (back, { set, isUndo }) =>
      setLast(isUndo === true ? null : { ...back, text: set.length > 0 ? texts.set(set.length) : texts.gone }),
    onError: refused,
    onSettled: () => queries.invalidateQueries({ queryKey: ['links', name, kind] }),
  });
  return { work, last };
}

function Kind({ kind }: { kind: Kind }) {
  const { name } = useConnection();
  const table = useQuery({
    queryKey: ['links', name, kind],
    queryFn: () => ok(client.GET('/api/v1/links/table', { params: { query: { connection: name, kind } } })),
  });
  if (table.isPending) return <Waiting what={texts.reading} />;
  if (table.isError) return <Trouble error={table.error} again={() => void table.refetch()} />;
  if (table.data.rows.length === 0) return <Empty title={texts.empty}>{texts.emptyWhy}</Empty>;
  return <Table kind={kind} rows={table.data.rows} choices={table.data.choices} />;
}

const fits = (row: Row, filter: Filter): boolean =>
  filter === 'all' ||
  (filter === 'linked' ? row.link !== null : filter === 'open' ? row.link === null : row.suggestion !== null);

/** Looked for without regard to case and to how many blanks stand in a row. */
const plain = (text: string): string => text.trim().toLowerCase().replaceAll(/\s+/g, ' ');

function Table({
  kind,
  rows,
  choices,
}: {
  kind: Kind;
  rows: readonly Row[];
  choices: readonly { id: string; name: string }[];
}) {
  const { data: session } = useSession();
  const [filter, setFilter] = useState<Filter>('all');
  const search: { search?: unknown } = useSearch({ strict: false });
  const [text, setText] = useState(() => String(search.search ?? ''));
  const { work, last } = useLinking(kind, rows);
  const wanted = plain(text);
  const found = rows.filter(
    (row) =>
      fits(row, filter) &&
      [row.name, row.source, row.link?.name ?? '', row.suggestion?.name ?? ''].some((one) =>
        plain(one).includes(wanted),
      ),
  );
  const suggested = found.filter((row) => row.suggestion !== null);
  const { shown, ways } = usePieces(found, `${filter} ${wanted}`);
  const canWork = may(session, 'bookkeeper');
  return (
    <Stack gap="md">
      <Group justify="space-between" className="lf-no-print">
        <Chips
          label={words.nav.links}
          options={filters.map((value) => ({
            value,
            label: texts.filter[value],
            count: rows.filter((row) => fits(row, value)).length,
          }))}
          value={filter}
          onChange={setFilter}
        />
        <Group gap="xs">
          {suggested.length > 1 && canWork ? (
            <Button
              variant="default"
              loading={work.isPending}
              onClick={() =>
                work.mutate({
                  set: suggested.flatMap((row) =>
                    row.suggestion === null ? [] : [{ source: row.source, quickbooks: row.suggestion.id }],
                  ),
                  unset: [],
                })
              }
            >
              {texts.acceptAll(suggested.length)}
            </Button>
          ) : null}
          <TextInput
            type="search"
            aria-label={texts.search}
            placeholder={texts.search}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      </Group>
      {last === null ? null : (
        <Last text={last.text} isBusy={work.isPending} undo={() => work.mutate({ ...last, isUndo: true })} />
      )}
      <div className="lf-card">
        <Rows kind={kind} rows={shown} choices={choices} canWork={canWork && !work.isPending} change={work.mutate} />
        {found.length === 0 ? <Text className="lf-quiet">{toolWords.pick.none}</Text> : null}
        {ways}
      </div>
    </Stack>
  );
}

function Rows({
  kind,
  rows,
  choices,
  canWork,
  change,
}: {
  kind: Kind;
  rows: readonly Row[];
  choices: readonly { id: string; name: string }[];
  canWork: boolean;
  change: ReturnType<typeof useLinking>['work']['mutate'];
}) {
  return (
    <table className="lf-table">
      <thead>
        <tr>
          <th scope="col" style={{ width: '38%' }}>
            {texts.columns[kind]}
          </th>
          <th scope="col">{texts.columns.quickbooks}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.source}>
            <td>
              <bdi>{row.name}</bdi>
              {row.source === row.name ? null : (
                <span className="lf-quiet">{` ${row.source.replace('billing-code:', '')}`}</span>
              )}
            </td>
            <td>
              <Side
                row={row}
                choices={choices}
                canWork={canWork}
                onSet={(id) => change({ set: [{ source: row.source, quickbooks: id }], unset: [] })}
                onUnset={() => change({ set: [], unset: [row.source] })}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What was done last, and the way back. */
const Last = ({ text, isBusy, undo }: { text: string; isBusy: boolean; undo: () => void }) => (
  <div className="lf-done" role="status">
    <span>{text}</span>
    <Button size="compact-sm" variant="default" loading={isBusy} onClick={undo}>
      {texts.undo}
    </Button>
  </div>
);

const originWord = (origin: string): string =>
  origin in texts.origin ? texts.origin[origin as keyof typeof texts.origin] : origin;

function Side({
  row,
  choices,
  canWork,
  onSet,
  onUnset,
}: {
  row: Row;
  choices: readonly { id: string; name: string }[];
  canWork: boolean;
  onSet: (id: string) => void;
  onUnset: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  if (isOpen)
    return (
      <Group gap="xs">
        <Pick
          isHidden
          autoFocus
          label={`${texts.columns.quickbooks}: ${row.name}`}
          choices={choices}
          value={row.link?.id ?? ''}
          onPick={(id) => {
            setOpen(false);
            if (id !== '' && id !== row.link?.id) onSet(id);
          }}
        />
        <Button size="compact-sm" variant="subtle" onClick={() => setOpen(false)}>
          {toolWords.cancel}
        </Button>
      </Group>
    );
  const { link, suggestion } = row;
  const named = (verb: string) => ({ 'aria-label': `${verb}: ${row.name}` });
  return (
    <Group gap="xs" justify="space-between">
      <span>
        {link === null ? null : link.name}
        {link === null ? null : <span className="lf-quiet">{` ${originWord(link.origin)}`}</span>}
        {suggestion === null ? null : (
          <span className="lf-quiet">
            {`${suggestion.isSameName ? texts.sameName : texts.isProbably} “${suggestion.name}”`}
          </span>
        )}
      </span>
      {canWork ? (
        <Group gap={4} className="lf-no-print">
          {suggestion === null ? null : (
            <Button size="compact-sm" onClick={() => onSet(suggestion.id)} {...named(texts.accept)}>
              {texts.accept}
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => setOpen(true)}
            {...named(link === null ? texts.link : texts.change)}
          >
            {link === null ? texts.link : texts.change}
          </Button>
          {link === null ? null : (
            <Button size="compact-sm" variant="subtle" onClick={onUnset} {...named(texts.unset)}>
              {texts.unset}
            </Button>
          )}
        </Group>
      ) : null}
    </Group>
  );
}
