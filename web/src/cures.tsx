/** One cause with its cures as buttons: one click carries the decision out and lets the invoices go on. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { client, ok, type Actions, type Cause } from './api.ts';
import { day } from './dates.ts';
import { refused, said, when } from './parts.tsx';
import { keepReason } from './released.ts';
import { saidWith, useAskedRun } from './said-with.tsx';
import { may, useConnection, useSession } from './session.tsx';
import { told } from './told.ts';
import { freesAll, QUIET } from './ways.ts';
import { words } from './words.ts';

const PickLive = lazy(() => import('./pick.tsx').then((module) => ({ default: module.PickLive })));

function useDecision(cause: Cause) {
  const { name } = useConnection();
  const queries = useQueryClient();
  const params = { query: { connection: name } };
  const settled = () => queries.invalidateQueries();
  return useMutation({
    mutationFn: (decided: { action: string; target?: string; reason?: string }) =>
      ok(
        client.POST('/api/v1/errors/decide', {
          params,
          body: {
            cause: cause.id,
            action: decided.action,
            target: decided.target ?? null,
            reason: decided.reason ?? null,
            waitSeconds: 60,
          },
        }),
      ),
    onSuccess: ({ text, undo }) => {
      if (undo?.action !== 'hold') {
        said(text);
        return;
      }
      // The cause is gone with its hold: the way back stands in the notice, and in the invoice.
      for (const id of undo.invoices) keepReason(name, id, undo.reason ?? '');
      const takeBack = async (): Promise<void> =>
        said((await ok(client.POST('/api/v1/errors/undo', { params, body: undo }))).text);
      saidWith(text, words.cures.undo, () => void takeBack().catch(refused).finally(settled));
    },
    onError: refused,
    onSettled: settled,
  });
}

type Decided = Pick<NonNullable<ReturnType<typeof useDecision>['data']>, 'text' | 'undo'>;

/** What was decided stands where the buttons were: with the way to let the invoices go now, and the way back. */
function Done({ done, onUndone }: { done: Decided; onUndone: () => void }) {
  const { name, syncStatus } = useConnection();
  const queries = useQueryClient();
  const query = { connection: name };
  const undo = useMutation({
    mutationFn: (body: NonNullable<Decided['undo']>) =>
      ok(client.POST('/api/v1/errors/undo', { params: { query }, body })),
    onSuccess: ({ text }) => {
      said(text);
      onUndone();
    },
    onError: refused,
    onSettled: () => queries.invalidateQueries(),
  });
  const sync = useAskedRun();
  const { undo: back } = done;
  return (
    <div className="lf-done" role="status">
      <span>
        {done.text}
        {syncStatus === 'paused' ? ` ${words.cures.paused}` : ''}
      </span>
      <Button size="compact-sm" loading={sync.isPending} onClick={() => sync.mutate({ kind: 'sync-now' })}>
        {words.palette.syncNow}
      </Button>
      {back === null ? null : (
        <Button size="compact-sm" variant="default" loading={undo.isPending} onClick={() => undo.mutate(back)}>
          {words.cures.undo}
        </Button>
      )}
    </div>
  );
}

interface Way {
  readonly key: string;
  readonly action: string;
  readonly label: string;
  /** What it must be told first. */
  readonly asks: string | null;
  readonly target?: string;
}

/** The ways out of a cause as buttons: in the singular for one invoice, and with the name of what it most likely is. */
function waysOf(cause: Cause, actions: Actions): Way[] {
  const isOne = cause.invoices.length === 1;
  return cause.actions.flatMap((action): Way[] => {
    const told = actions[action];
    const label = (isOne ? words.cures.one[action] : undefined) ?? told?.label ?? action;
    const way = { key: action, action, label, asks: told?.needs ?? null };
    const { likely, likelyName } = cause;
    return action === 'link' && likely !== null && likelyName !== null
      ? [{ ...way, key: 'likely', label: words.cures.itIs(likelyName), asks: null, target: likely }, way]
      : [way];
  });
}

/** The cures of a cause; what needs to be told more asks for it in place. */
export function Cures({ cause, actions }: { cause: Cause; actions: Actions }) {
  const { data: session } = useSession();
  const decision = useDecision(cause);
  const [asked, setAsked] = useState<string | null>(null);
  if (!may(session, 'bookkeeper')) return null;
  // Decided here a moment ago, or earlier and elsewhere: it stands until a run has gone by it.
  const done = decision.data ?? cause.standing;
  if (done !== null) return <Done done={done} onUndone={decision.reset} />;
  const ways = waysOf(cause, actions);
  const primary = ways.find((one) => !QUIET.includes(one.action));
  const isBusy = (way: Way): boolean =>
    decision.isPending && decision.variables.action === way.action && asked !== way.key;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {cause.customer === null ? null : <ToLinks customer={cause.customer} />}
        {ways.map((way) => (
          <WayButton
            key={way.key}
            way={way}
            isFirst={way === primary}
            isOpen={asked === way.key}
            isBusy={isBusy(way)}
            disabled={decision.isPending}
            onChoose={() =>
              way.asks === null
                ? decision.mutate({ action: way.action, ...(way.target !== undefined && { target: way.target }) })
                : setAsked(asked === way.key ? null : way.key)
            }
          />
        ))}
        {cause.actions.length === 0 ? <Text className="lf-quiet">{words.cures.elsewhere}</Text> : null}
      </Group>
      {asked === null ? null : (
        <More
          key={asked}
          cause={cause}
          needs={actions[asked]?.needs ?? 'reason'}
          isBusy={decision.isPending}
          onSay={(said) => decision.mutate({ action: asked, ...said })}
          onCancel={() => setAsked(null)}
        />
      )}
    </Stack>
  );
}

interface WayProps {
  readonly way: Way;
  readonly isFirst: boolean;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly disabled: boolean;
  readonly onChoose: () => void;
}

function WayButton({ way, isFirst, isOpen, isBusy, disabled, onChoose }: WayProps) {
  const isQuiet = QUIET.includes(way.action);
  return (
    <Button
      size="xs"
      maw="100%"
      title={way.target === undefined ? undefined : way.label}
      variant={isFirst ? 'filled' : isQuiet ? 'subtle' : 'default'}
      color={isQuiet ? 'gray' : undefined}
      c={isQuiet ? 'dimmed' : undefined}
      loading={isBusy}
      disabled={disabled}
      aria-expanded={way.asks === null ? undefined : isOpen}
      onClick={onChoose}
    >
      {way.label}
    </Button>
  );
}

/** Where the cure is a link of each company, the way to them. */
const ToLinks = ({ customer }: { customer: string }) => (
  <Button
    size="xs"
    variant="default"
    renderRoot={(props) => (
      <RouterLink to="/links" search={{ kind: 'customer', search: customer } as never} {...props} />
    )}
  >
    {words.cures.openLinks}
  </Button>
);

function More({
  cause,
  needs,
  isBusy,
  onSay,
  onCancel,
}: {
  cause: Cause;
  needs: string;
  isBusy: boolean;
  onSay: (said: { target?: string; reason?: string }) => void;
  onCancel: () => void;
}) {
  const [text, setText] = useState(needs === 'target' ? (cause.likely ?? '') : '');
  const list = cause.code.startsWith('customer') ? 'customers' : 'items';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSay(needs === 'target' ? { target: text } : { reason: text });
      }}
    >
      <Group gap="xs" align="flex-end">
        {needs === 'target' ? (
          <Suspense fallback={<Text className="lf-quiet">{words.cures.reading}</Text>}>
            <PickLive
              autoFocus
              list={list}
              label={list === 'customers' ? words.cures.whichCustomer : words.cures.whichItem}
              value={text}
              onPick={setText}
            />
          </Suspense>
        ) : (
          <TextInput
            autoFocus
            required
            label={words.cures.why}
            maxLength={500}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        <Button type="submit" loading={isBusy} disabled={text.trim() === ''}>
          {words.cures.doIt}
        </Button>
        <Button variant="default" disabled={isBusy} onClick={onCancel}>
          {words.cures.cancel}
        </Button>
      </Group>
    </form>
  );
}

/** @param isWhole with what the code means, since when, and all its invoices */
export function CauseCard({ cause, actions, isWhole }: { cause: Cause; actions: Actions; isWhole?: boolean }) {
  const count = cause.invoices.length;
  return (
    <li className="lf-cause">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
        <Text fw={600} size="sm" className="lf-blanks">
          {told(cause.text)}
        </Text>
        {count === 0 ? null : (
          <RouterLink
            to="/invoices"
            search={(count === 1 ? { search: cause.invoices[0] } : { cause: cause.id }) as never}
            className="lf-quiet lf-nowrap"
          >
            {count === 1 ? `Invoice ${String(cause.invoices[0])}` : `${String(count)} invoices`}
          </RouterLink>
        )}
      </Group>
      <Text className="lf-quiet lf-blanks" mb="xs">
        {told(cause.remedy)}
        {count > 1 && cause.standing === null && freesAll(cause) ? ` ${words.cures.freesAll(count)}` : ''}
      </Text>
      {cause.leavesOn === null ? null : (
        <Text size="sm" fw={600} mb="xs" className="lf-hurry">
          {words.cures.leaves(count, day(cause.leavesOn))}
        </Text>
      )}
      <Cures cause={cause} actions={actions} />
      {isWhole === true ? <Whole cause={cause} /> : null}
    </li>
  );
}

const INVOICES_SHOWN = 40;

function Whole({ cause }: { cause: Cause }) {
  return (
    <Group gap="md" mt="xs" align="flex-start" className="lf-quiet">
      <RouterLink to={`/help/${cause.code}`} className="lf-quiet">
        {words.cures.means}
      </RouterLink>
      <span>{`${words.cures.since} ${when(cause.firstSeen)}`}</span>
      {cause.invoices.length < 2 ? null : (
        <details>
          <summary>{words.cures.which}</summary>
          {cause.invoices.slice(0, INVOICES_SHOWN).map((id) => (
            <RouterLink key={id} to="/invoices" search={{ search: id } as never} className="lf-invoice">
              {id}
            </RouterLink>
          ))}
          {cause.invoices.length > INVOICES_SHOWN ? ` + ${String(cause.invoices.length - INVOICES_SHOWN)}` : null}
        </details>
      )}
    </Group>
  );
}
