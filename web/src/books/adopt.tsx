/** Adopt: both sides beside each other first; only what agrees can count as posted. Nothing is sent to QuickBooks. */
import { Alert, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { client, ok, type Adopted } from '../api.ts';
import { said } from '../parts.tsx';
import { useConnection } from '../session.tsx';
import { Dialog } from './dialog.tsx';
import { words } from './words.ts';

const FIELDS = ['customer', 'number', 'date', 'tax', 'total'] as const;
const WAIT_SECONDS = 60;

export function AdoptDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const [quickbooksId, setQuickbooksId] = useState('');
  const adopt = useMutation({
    mutationFn: (dryRun: boolean): Promise<Adopted> =>
      ok(
        client.POST('/api/v1/invoices/{id}/adopt', {
          params: { path: { id }, query: { connection: name } },
          body: { quickbooksId: quickbooksId.trim() || null, dryRun, waitSeconds: WAIT_SECONDS },
        }),
      ),
    onSuccess: (answer) => {
      if (!answer.adopted) return;
      said(answer.text);
      void queries.invalidateQueries();
      onClose();
    },
  });
  const { mutate } = adopt;
  // Opened, it looks by itself; another id is looked at when it is asked for.
  useEffect(() => mutate(true), [mutate]);
  const seen = adopt.data ?? null;
  const agrees = seen !== null && !seen.adopted && seen.differences.length === 0 && !adopt.isError;
  return (
    <Dialog
      title={words.adopt.title(id)}
      done={agrees ? words.adopt.do : words.adopt.compare}
      isBusy={adopt.isPending}
      isReady={/^\d{0,19}$/.test(quickbooksId.trim())}
      onClose={onClose}
      onDone={() => mutate(!agrees)}
    >
      <Text size="sm">{words.adopt.why}</Text>
      {adopt.isError ? (
        <Alert color="orange" role="alert">
          {adopt.error.message}
        </Alert>
      ) : null}
      {seen === null || adopt.isError ? null : <Both seen={seen} />}
      <TextInput
        label={words.adopt.id}
        description={words.adopt.idWhere}
        inputMode="numeric"
        value={quickbooksId}
        onChange={(event) => {
          setQuickbooksId(event.currentTarget.value);
          // What was compared is another one now.
          adopt.reset();
        }}
      />
    </Dialog>
  );
}

function Both({ seen }: { seen: Adopted }) {
  const differs = new Set(seen.differences.map((one) => one.field));
  return (
    <>
      <table className="bk-beside">
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">{words.drawer.autotask}</th>
            <th scope="col">{words.drawer.quickbooks}</th>
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => (
            <tr key={field} data-differs={differs.has(field)}>
              <th scope="row">
                {differs.has(field) ? '≠ ' : ''}
                {words.adopt.fields[field]}
              </th>
              <td>
                <bdi>{seen.autotask[field]}</bdi>
              </td>
              <td>
                <bdi>{seen.quickbooks[field]}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Alert color={seen.differences.length === 0 ? 'green' : 'orange'} role="status">
        {seen.text}
      </Alert>
    </>
  );
}
