/** Asking for a run: sync now, a manual copy by id, number or search, the passes; and clearing what is stuck. */
import { Alert, Checkbox, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { client, ok, type Asked, type Connection } from '../api.ts';
import { refused, said, when } from '../parts.tsx';
import { useConnection } from '../session.tsx';
import { CopyMeets } from './copy-meets.tsx';
import { Dialog } from './dialog.tsx';
import { addressesOf, Amount, Fact, Facts, StateMark } from './parts.tsx';
import { words } from './words.ts';

export type RunQuestion = 'sync-now' | 'manual-copy' | 'payment-pass' | 'clear';

/** Asks for a run and goes to its page, where it is seen at work. */
export function useRun(onAsked?: () => void) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (body: Asked) =>
      (await ok(client.POST('/api/v1/runs', { params: { query: { connection: name } }, body }))).run,
    onSuccess: (run) => {
      onAsked?.();
      void queries.invalidateQueries({ queryKey: ['runs'] });
      void navigate({ to: `/runs/${run.id}` });
    },
    onError: refused,
  });
}

export function RunDialog({ question, onClose }: { question: RunQuestion; onClose: () => void }) {
  switch (question) {
    case 'sync-now':
      return <SyncNow onClose={onClose} />;
    case 'manual-copy':
      return <ManualCopy onClose={onClose} />;
    case 'payment-pass':
      return <Payments onClose={onClose} />;
    case 'clear':
      return <Clear onClose={onClose} />;
  }
}

const Emails = ({ value, onChange }: { value: string; onChange: (text: string) => void }) => (
  <TextInput label={words.runs.emails} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
);

function SyncNow({ onClose }: { onClose: () => void }) {
  const [emails, setEmails] = useState('');
  const run = useRun(onClose);
  return (
    <Dialog
      title={words.runs.syncTitle}
      done={words.runs.start}
      isBusy={run.isPending}
      onClose={onClose}
      onDone={() => run.mutate({ kind: 'sync-now', emails: addressesOf(emails) })}
    >
      <Text size="sm">{words.runs.syncWhy}</Text>
      <Emails value={emails} onChange={setEmails} />
    </Dialog>
  );
}

function Payments({ onClose }: { onClose: () => void }) {
  const [since, setSince] = useState('');
  const run = useRun(onClose);
  return (
    <Dialog
      title={words.runs.paymentTitle}
      done={words.runs.start}
      isBusy={run.isPending}
      onClose={onClose}
      onDone={() => run.mutate({ kind: 'payment-pass', emails: [], ...(since === '' ? {} : { since }) })}
    >
      <Text size="sm">{words.runs.paymentWhy}</Text>
      <TextInput
        type="date"
        label={words.runs.since}
        value={since}
        onChange={(event) => setSince(event.currentTarget.value)}
      />
    </Dialog>
  );
}

const TYPING_MS = 250;
const FOUND_MOST = 8;

function useFound(text: string) {
  const { name } = useConnection();
  const [rested, setRested] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setRested(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ['copy', name, rested],
    enabled: rested !== '',
    queryFn: async () =>
      (
        await ok(
          client.GET('/api/v1/invoices/table', {
            params: { query: { connection: name, search: rested, size: FOUND_MOST } },
          }),
        )
      ).rows.filter((row) => row.copyNumber === 0),
  });
}

function ManualCopy({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<number | null>(null);
  const [emails, setEmails] = useState('');
  const found = useFound(text);
  const run = useRun(onClose);
  const rows = found.data ?? [];
  const typed = /^\d{1,15}$/.test(text.trim()) ? Number(text.trim()) : null;
  const isKnown = rows.some((row) => row.autotaskInvoiceId === typed);
  const id = chosen ?? (rows.length === 1 ? (rows[0]?.autotaskInvoiceId ?? null) : rows.length === 0 ? typed : null);
  return (
    <Dialog
      title={words.runs.copyTitle}
      done={words.actions.copy}
      isBusy={run.isPending}
      isReady={id !== null && !found.isFetching}
      onClose={onClose}
      onDone={() =>
        id !== null &&
        run.mutate({
          kind: 'manual-copy',
          invoiceId: id,
          overwrite: false,
          mailCustomer: false,
          emails: addressesOf(emails),
        })
      }
    >
      <Text size="sm">{words.runs.copyWhy}</Text>
      <TextInput
        label={words.runs.copyFind}
        autoFocus
        required
        maxLength={100}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(null);
        }}
      />
      {text.trim() === '' ? null : (
        <fieldset className="bk-choice" aria-label={words.runs.copyFound}>
          {rows.map((row) => (
            <label key={row.autotaskInvoiceId}>
              <input
                type="radio"
                name="invoice"
                checked={id === row.autotaskInvoiceId}
                onChange={() => setChosen(row.autotaskInvoiceId)}
              />
              <span>
                <bdi>{row.invoiceNumber === '' ? row.autotaskInvoiceId : row.invoiceNumber}</bdi>
                {' · '}
                <bdi>{row.company}</bdi> <Amount amount={row.total} currency={row.currency} /> <StateMark row={row} />
              </span>
            </label>
          ))}
          {typed === null || isKnown ? null : (
            <label>
              <input type="radio" name="invoice" checked={id === typed} onChange={() => setChosen(typed)} />
              <span>{words.runs.copyById(String(typed))}</span>
            </label>
          )}
          {found.isSuccess && rows.length === 0 && typed === null ? (
            <Text className="lf-quiet">{words.runs.copyNone}</Text>
          ) : null}
        </fieldset>
      )}
      <CopyMeets problems={rows.find((row) => row.autotaskInvoiceId === id)?.problems ?? []} />
      <Emails value={emails} onChange={setEmails} />
    </Dialog>
  );
}

/** What holds the connection, since when, whether it lives; a living one ends only after a second yes. */
function Clear({ onClose }: { onClose: () => void }) {
  const connection: Connection = useConnection();
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const held = connection.inProcess;
  const clear = useMutation({
    mutationFn: () =>
      ok(
        client.POST('/api/v1/runs/clear', {
          params: { query: { connection: connection.name } },
          body: { force: isSure },
        }),
      ),
    onSuccess: ({ cleared }) => {
      said(cleared ? words.runs.cleared : words.runs.notCleared);
      onClose();
    },
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Dialog
      title={words.runs.clearTitle}
      done={words.runs.clearDo}
      isDanger
      isBusy={clear.isPending}
      isReady={held !== null && (!held.lives || isSure)}
      onClose={onClose}
      onDone={() => clear.mutate()}
    >
      {held === null ? (
        <Text size="sm">{words.runs.clearNothing}</Text>
      ) : (
        <>
          <Facts>
            <Fact name={words.runs.clearHolder}>{held.holder}</Fact>
            <Fact name={words.runs.clearSince}>{when(held.since)}</Fact>
          </Facts>
          <Alert color={held.lives ? 'orange' : 'teal'} variant="outline" p="sm">
            <Text size="sm">{held.lives ? words.runs.lives : words.runs.dead}</Text>
          </Alert>
          {held.lives ? (
            <Checkbox
              label={words.runs.clearSure}
              checked={isSure}
              onChange={(event) => setSure(event.currentTarget.checked)}
            />
          ) : null}
        </>
      )}
    </Dialog>
  );
}
