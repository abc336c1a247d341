/** What a person does to invoices, one or many: asked for in a dialog where it needs words, told afterwards, undone where it can be. */
import { Alert, Checkbox, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client, ok, type Asked, type Invoice } from '../api.ts';
import { refused, said } from '../parts.tsx';
import { keepReason } from '../released.ts';
import { saidWith, toldRun } from '../said-with.tsx';
import { useConnection } from '../session.tsx';
import { AdoptDialog } from './adopt.tsx';
import { CopyMeets } from './copy-meets.tsx';
import { Dialog } from './dialog.tsx';
import { addressesOf } from './parts.tsx';
import { words } from './words.ts';

export type ActionName = 'hold' | 'release' | 'mark-done' | 'approve' | 'sync' | 'overwrite' | 'adopt';

/** The server takes so many at a time. */
const CHUNK = 1_000;
const SYNC_MOST = 200;
const WAIT_SECONDS = 60;
const LEFT_SHOWN = 8;

interface Acted {
  readonly done: number[];
  readonly left: { autotaskInvoiceId: number; reason: string }[];
}

interface Held {
  readonly autotaskInvoiceId: number;
  readonly reason: string;
}

async function inChunks(ids: readonly number[], act: (chunk: number[]) => Promise<Acted>): Promise<Acted> {
  const all: Acted = { done: [], left: [] };
  for (let at = 0; at < ids.length; at += CHUNK) {
    const acted = await act(ids.slice(at, at + CHUNK));
    all.done.push(...acted.done);
    all.left.push(...acted.left);
  }
  return all;
}

export interface MarkDone {
  readonly reason: string;
  readonly markInAutotask: boolean;
  readonly number: string | null;
}

export function useActions() {
  const { name } = useConnection();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { query: { connection: name } };
  const settled = (): void => void queries.invalidateQueries();

  const hold = (ids: readonly number[], reason: string): Promise<Acted> =>
    inChunks(ids, (chunk) =>
      ok(client.POST('/api/v1/invoices/hold', { params, body: { ids: chunk, reason, waitSeconds: WAIT_SECONDS } })),
    );
  const release = async (ids: readonly number[], reason: string): Promise<Acted & { held: Held[] }> => {
    const held: Held[] = [];
    const acted = await inChunks(ids, async (chunk) => {
      const body = { ids: chunk, reason, waitSeconds: WAIT_SECONDS };
      const released = await ok(client.POST('/api/v1/invoices/release', { params, body }));
      held.push(...released.held);
      for (const one of released.held) keepReason(name, one.autotaskInvoiceId, one.reason);
      return released;
    });
    return { ...acted, held };
  };
  /** On hold again, each for the reason that it had. */
  const holdAgain = async (held: readonly Held[]): Promise<void> => {
    for (const [reason, all] of Map.groupBy(held, (one) => one.reason))
      await hold(
        all.map((one) => one.autotaskInvoiceId),
        reason,
      );
  };
  const tell = (acted: Acted, sentence: (count: number) => string, undo: (() => Promise<unknown>) | null): void => {
    const message = sentence(acted.done.length);
    if (acted.done.length > 0 && undo !== null)
      saidWith(message, words.actions.undo, () => void undo().then(() => settled(), refused));
    else if (acted.done.length > 0) said(message);
    if (acted.left.length > 0) refused(new Error(leftOver(acted)));
  };
  const ask = async (body: Asked): Promise<void> => {
    const { run } = await ok(client.POST('/api/v1/runs', { params, body }));
    toldRun(run.id, navigate);
  };
  return {
    settled,
    ask,
    hold: async (ids: readonly number[], reason: string): Promise<void> => {
      const acted = await hold(ids, reason);
      tell(acted, words.actions.held, () => release(acted.done, words.actions.undo));
    },
    release: async (ids: readonly number[]): Promise<void> => {
      const acted = await release(ids, words.actions.release);
      tell(acted, words.actions.released, acted.held.length === 0 ? null : () => holdAgain(acted.held));
    },
    markDone: async (ids: readonly number[], wish: MarkDone): Promise<void> => {
      const acted = await inChunks(ids, (chunk) =>
        ok(
          client.POST('/api/v1/invoices/mark-done', {
            params,
            body: { ids: chunk, ...wish, waitSeconds: WAIT_SECONDS },
          }),
        ),
      );
      // A mark in Autotask is not taken back by us.
      tell(acted, words.actions.marked, wish.markInAutotask ? null : () => release(acted.done, words.actions.undo));
    },
    approve: async (ids: readonly number[]): Promise<void> => {
      const { approved } = await ok(
        client.POST('/api/v1/invoices/approve', { params, body: { ids: ids.slice(0, CHUNK) } }),
      );
      said(words.actions.approved(approved.length));
    },
  };
}

const leftOver = (acted: Acted): string =>
  [
    words.actions.leftOver(acted.left.length),
    ...acted.left.slice(0, LEFT_SHOWN).map((one) => words.actions.left(one.autotaskInvoiceId, one.reason)),
    ...(acted.left.length > LEFT_SHOWN ? ['…'] : []),
  ].join(' ');

/** Runs an action once at a time; a failure is told, and what was typed stays. */
export function useAct(onDone?: () => void) {
  const actions = useActions();
  return useMutation({
    mutationFn: (work: (all: ReturnType<typeof useActions>) => Promise<void>) => work(actions),
    onSuccess: onDone,
    onError: refused,
    onSettled: actions.settled,
  });
}

interface DialogProps {
  readonly ids: readonly number[];
  /** What is known to be in the way of them. */
  readonly problems?: Invoice['copies'][number]['problems'];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** The dialog of an action that needs words. */
export function ActionDialog({ action, ...rest }: DialogProps & { action: ActionName }) {
  switch (action) {
    case 'hold':
      return <HoldDialog {...rest} />;
    case 'mark-done':
      return <MarkDialog {...rest} />;
    case 'sync':
      return <SyncDialog {...rest} />;
    case 'overwrite':
      return <OverwriteDialog {...rest} />;
    case 'adopt':
      return <AdoptDialog id={rest.ids[0] ?? 0} onClose={rest.onClose} />;
    default:
      return null;
  }
}

function HoldDialog({ ids, onClose, onDone }: DialogProps) {
  const [reason, setReason] = useState('');
  const act = useAct(onDone);
  return (
    <Dialog
      title={words.actions.holdTitle(ids.length)}
      done={words.actions.hold}
      isBusy={act.isPending}
      isReady={reason.trim() !== ''}
      onClose={onClose}
      onDone={() => act.mutate((all) => all.hold(ids, reason))}
    >
      <Text size="sm">{words.actions.holdWhy(ids.length)}</Text>
      <Reason reason={reason} onChange={setReason} />
    </Dialog>
  );
}

const Reason = ({ reason, onChange }: { reason: string; onChange: (text: string) => void }) => (
  <TextInput
    label={words.actions.why}
    required
    autoFocus
    maxLength={500}
    value={reason}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

function MarkDialog({ ids, onClose, onDone }: DialogProps) {
  const [reason, setReason] = useState('');
  const [markInAutotask, setMark] = useState(false);
  const [number, setNumber] = useState('');
  const act = useAct(onDone);
  const isOne = ids.length === 1;
  return (
    <Dialog
      title={words.actions.markTitle(ids.length)}
      done={words.actions.markDone}
      isBusy={act.isPending}
      isReady={reason.trim() !== ''}
      onClose={onClose}
      onDone={() =>
        act.mutate((all) =>
          all.markDone(ids, {
            reason,
            markInAutotask,
            number: markInAutotask && isOne && number.trim() !== '' ? number.trim() : null,
          }),
        )
      }
    >
      <Text size="sm">{words.actions.markWhy}</Text>
      <Reason reason={reason} onChange={setReason} />
      <Checkbox
        label={words.actions.mark(ids.length)}
        checked={markInAutotask}
        onChange={(event) => setMark(event.currentTarget.checked)}
      />
      {markInAutotask && isOne ? (
        <TextInput
          label={words.actions.number}
          maxLength={100}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
      ) : null}
      <Text className="lf-quiet">{words.actions.adoptHint}</Text>
    </Dialog>
  );
}

function SyncDialog({ ids, problems = [], onClose, onDone }: DialogProps) {
  const [emails, setEmails] = useState('');
  const act = useAct(onDone);
  const isTooMany = ids.length > SYNC_MOST;
  return (
    <Dialog
      title={words.actions.syncTitle(ids.length)}
      done={ids.length === 1 ? words.actions.copy : words.actions.syncSelected}
      isBusy={act.isPending}
      isReady={!isTooMany}
      onClose={onClose}
      onDone={() =>
        act.mutate((all) =>
          all.ask({
            kind: 'manual-copy',
            invoiceIds: [...ids],
            overwrite: false,
            mailCustomer: false,
            emails: addressesOf(emails),
          }),
        )
      }
    >
      <Text size="sm">{isTooMany ? words.actions.syncMost : words.actions.syncWhy(ids.length)}</Text>
      <CopyMeets problems={problems} />
      <TextInput
        label={words.actions.mails}
        value={emails}
        onChange={(event) => setEmails(event.currentTarget.value)}
      />
    </Dialog>
  );
}

function OverwriteDialog({ ids, onClose, onDone }: DialogProps) {
  const [typed, setTyped] = useState('');
  const [mailCustomer, setMail] = useState(false);
  const act = useAct(onDone);
  const [id = 0] = ids;
  return (
    <Dialog
      title={words.actions.overwriteTitle(id)}
      done={words.actions.overwrite}
      isDanger
      isBusy={act.isPending}
      isReady={typed.trim() === String(id)}
      onClose={onClose}
      onDone={() =>
        act.mutate((all) => all.ask({ kind: 'manual-copy', invoiceId: id, overwrite: true, mailCustomer, emails: [] }))
      }
    >
      <Alert color="red" variant="outline" p="sm">
        <Text size="sm">{words.actions.overwriteWhy}</Text>
      </Alert>
      <TextInput
        label={words.actions.overwriteType(id)}
        required
        autoFocus
        autoComplete="off"
        inputMode="numeric"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Checkbox
        label={words.actions.mailCustomer}
        checked={mailCustomer}
        onChange={(event) => setMail(event.currentTarget.checked)}
      />
    </Dialog>
  );
}
