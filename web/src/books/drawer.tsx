/** One invoice beside the table: what is the matter and what cures it, both sides, what happened, what can be done. */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link as RouterLink } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { ApiError, client, ok, type Cause, type Invoice } from '../api.ts';
import { Cures } from '../cures.tsx';
import { day } from '../dates.ts';
import { Trouble, Waiting, when } from '../parts.tsx';
import { releasedBy } from '../released.ts';
import { may, useConnection, useSession, waitingOf } from '../session.tsx';
import { told } from '../told.ts';
import { freesAll, isCurable } from '../ways.ts';
import { shownState, stateWord } from '../words.ts';
import { ActionDialog, useAct, type ActionName } from './actions.tsx';
import { can } from './can.ts';
import { BesideTable, ExactJson } from './beside.tsx';
import { Released } from './released.tsx';
import { Amount, Copyable, Fact, Facts, PrintButton, StateMark } from './parts.tsx';
import { codeWord, words } from './words.ts';

type Copy = Invoice['copies'][number];

interface DrawerProps {
  readonly id: number;
  readonly copy: number;
  readonly onClose: () => void;
  readonly onStep: ((step: 1 | -1) => void) | null;
}

export function InvoiceDrawer({ id, copy, onClose, onStep }: DrawerProps) {
  const { name } = useConnection();
  const panel = useRef<HTMLElement>(null);
  const invoice = useQuery({
    queryKey: ['invoice', name, id],
    queryFn: (): Promise<Invoice> =>
      ok(client.GET('/api/v1/invoices/{id}', { params: { path: { id }, query: { connection: name } } })),
  });
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
    panel.current?.scrollTo(0, 0);
  }, [id, copy]);
  useEffect(() => {
    document.documentElement.dataset['sheet'] = 'open';
    return () => void delete document.documentElement.dataset['sheet'];
  }, []);
  const isUnseen = invoice.error instanceof ApiError && invoice.error.status === 422;
  const shown = invoice.data?.copies.find((one) => one.copyNumber === copy) ?? invoice.data?.copies[0];
  return (
    <section
      className="bk-drawer"
      ref={panel}
      tabIndex={-1}
      aria-labelledby="bk-drawer-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
      }}
    >
      <header>
        <div>
          <h2 id="bk-drawer-title">
            <bdi>{shown === undefined || shown.invoiceNumber === '' ? String(id) : shown.invoiceNumber}</bdi>
            {shown === undefined ? null : <StateMark row={shown} />}
            {copy > 0 ? <span className="bk-why">{words.invoices.copy(copy)}</span> : null}
          </h2>
          <p className="lf-break">
            {shown === undefined || shown.company === '' ? null : (
              <RouterLink to="/invoices" search={{ company: shown.company } as never} title={words.drawer.sameCompany}>
                <bdi>{shown.company}</bdi>
              </RouterLink>
            )}
          </p>
        </div>
        <Group gap={4} wrap="nowrap" className="lf-no-print">
          {onStep === null ? null : (
            <>
              <Button variant="subtle" size="compact-md" aria-label={words.drawer.before} onClick={() => onStep(-1)}>
                ↑
              </Button>
              <Button variant="subtle" size="compact-md" aria-label={words.drawer.after} onClick={() => onStep(1)}>
                ↓
              </Button>
            </>
          )}
          <Button variant="subtle" size="compact-md" aria-label={words.drawer.close} onClick={onClose}>
            ✕
          </Button>
        </Group>
      </header>
      {invoice.isPending ? <Waiting what={words.drawer.reading} /> : null}
      {invoice.isError && !isUnseen ? <Trouble error={invoice.error} again={() => void invoice.refetch()} /> : null}
      {isUnseen ? (
        <p className="bk-hint">
          <strong>{words.drawer.missing}.</strong> {words.drawer.missingWhy}
        </p>
      ) : null}
      {shown === undefined && !isUnseen ? null : (
        <Actions
          id={id}
          shown={shown ?? null}
          isReleased={shown !== undefined && releasedBy(shown, invoice.data?.history ?? []) !== null}
        />
      )}
      {invoice.data === undefined || shown === undefined ? null : <Released invoice={invoice.data} shown={shown} />}
      {shown === undefined ? null : <Problems id={id} shown={shown} />}
      <Sides id={id} copy={shown?.copyNumber ?? 0} />
      {invoice.data === undefined || shown === undefined ? null : (
        <>
          <Timeline invoice={invoice.data} copy={shown.copyNumber} />
          <Numbers shown={shown} />
        </>
      )}
    </section>
  );
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="bk-part">
    <h3>{title}</h3>
    {children}
  </section>
);

/** The cause of a problem as it waits now, with its cures. */
const causeOf = (causes: readonly Cause[] | undefined, id: number, problem: Copy['problems'][number]) =>
  causes?.find((one) => one.code === problem.code && one.text === problem.text && one.invoices.includes(id));

/** The loudest button is the cure where something is in the way: a copy would only meet it again. */
function useLoudest(id: number, shown: Copy | null, isReleased: boolean) {
  const { name } = useConnection();
  const { data: waiting } = useQuery(waitingOf(name));
  const problems = shown?.problems ?? [];
  const hasCure = problems.some((one) => isCurable(causeOf(waiting?.causes, id, one) ?? { actions: [] }));
  const isQuiet = (action: ActionName): boolean =>
    action === 'overwrite' || hasCure || (action === 'sync' && (problems.length > 0 || isReleased));
  return (action: ActionName, isFirst: boolean): boolean => action === 'approve' || (isFirst && !isQuiet(action));
}

function Actions({ id, shown, isReleased }: { id: number; shown: Copy | null; isReleased: boolean }) {
  const isLoudest = useLoudest(id, shown, isReleased);
  const { data: session } = useSession();
  const [asked, setAsked] = useState<ActionName | null>(null);
  const act = useAct();
  const state = shown?.state ?? 'seen';
  const awaits = state === 'ready' && shown?.problems.some((one) => one.code === 'awaits-approval') === true;
  const buttons: readonly { name: ActionName; label: string; is: boolean; act?: () => void }[] = [
    {
      name: 'approve',
      label: words.actions.approve,
      is: awaits && may(session, 'reviewer'),
      act: () => act.mutate((all) => all.approve([id])),
    },
    {
      name: 'release',
      label: words.actions.release,
      is: can.release(state) && may(session, 'bookkeeper'),
      act: () => act.mutate((all) => all.release([id])),
    },
    {
      name: 'sync',
      label: words.actions.copy,
      is: can.sync(state) && may(session, 'bookkeeper'),
    },
    { name: 'hold', label: words.actions.hold, is: can.hold(state) && may(session, 'bookkeeper') },
    {
      name: 'mark-done',
      label: words.actions.markDone,
      is: can.markDone(state) && may(session, 'bookkeeper'),
    },
    {
      name: 'adopt',
      label: words.actions.adopt,
      is: can.adopt(state) && may(session, 'bookkeeper'),
    },
    { name: 'overwrite', label: words.actions.overwrite, is: can.overwrite(state) && may(session, 'bookkeeper') },
  ];
  const offered = buttons.filter((one) => one.is);
  return (
    <div className="lf-no-print">
      <Group gap="xs">
        {offered.map((one, index) => (
          <Button
            key={one.name}
            size="xs"
            variant={isLoudest(one.name, index === 0) ? 'filled' : 'default'}
            loading={one.act !== undefined && act.isPending}
            onClick={one.act ?? (() => setAsked(one.name))}
          >
            {one.label}
          </Button>
        ))}
        <PrintButton label={words.invoices.print} />
      </Group>
      {awaits ? (
        <Text className="lf-quiet" mt={6}>
          {words.drawer.approvalPins}
        </Text>
      ) : null}
      {asked === null ? null : (
        <ActionDialog
          action={asked}
          ids={[id]}
          problems={shown?.problems ?? []}
          onClose={() => setAsked(null)}
          onDone={() => setAsked(null)}
        />
      )}
    </div>
  );
}

/** The problems of this invoice; where a cause has cures, they stand as buttons and free all that wait for it. */
function Problems({ id, shown }: { id: number; shown: Copy }) {
  const { name } = useConnection();
  const waiting = useQuery(waitingOf(name));
  if (shown.problems.length === 0) return null;
  return (
    <Part title={words.drawer.problems}>
      <ul className="bk-problems">
        {shown.problems.map((one) => {
          const cause = causeOf(waiting.data?.causes, id, one);
          return (
            <li key={`${one.code} ${one.text}`}>
              <p className="lf-break">
                <strong>{told(one.text)}</strong>
              </p>
              <p className="lf-quiet lf-break">{told(one.remedy)}</p>
              {cause === undefined || waiting.data === undefined || cause.actions.length === 0 ? null : (
                <>
                  <Cures cause={cause} actions={waiting.data.actions} />
                  {cause.invoices.length > 1 ? (
                    <p className="lf-quiet">{words.drawer.others(cause.invoices.length, freesAll(cause))}</p>
                  ) : null}
                </>
              )}
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

function Sides({ id, copy }: { id: number; copy: number }) {
  const { name } = useConnection();
  const beside = useQuery({
    queryKey: ['beside', name, id, copy],
    queryFn: () =>
      ok(
        client.GET('/api/v1/invoices/{id}/beside', {
          params: { path: { id }, query: { connection: name, copy } },
        }),
      ),
    staleTime: 30_000,
  });
  return (
    <Part title={words.drawer.beside}>
      {beside.isPending ? (
        <div className="bk-reading">
          <Waiting what={words.drawer.reading} />
        </div>
      ) : null}
      {beside.isError ? <Trouble error={beside.error} again={() => void beside.refetch()} /> : null}
      {beside.data === undefined ? null : (
        <>
          <BesideTable beside={beside.data} />
          <ExactJson text={beside.data.body} />
        </>
      )}
    </Part>
  );
}

type Event = Invoice['history'][number];
const cameTo = ({ to, reason }: Event): string =>
  shownState({ state: to, problems: reason === null ? [] : [{ code: reason }] });

function Timeline({ invoice, copy }: { invoice: Invoice; copy: number }) {
  const told = invoice.history.filter((one) => one.copyNumber === copy);
  const events = told
    .map((event, index) => {
      const before = told[index - 1];
      return { ...event, from: before?.to === event.from ? cameTo(before) : event.from, to: cameTo(event) };
    })
    .toReversed();
  if (events.length === 0) return null;
  return (
    <Part title={words.drawer.timeline}>
      <ol className="bk-timeline">
        {events.map((event, index) => (
          <li key={index}>
            <time dateTime={event.at}>{when(event.at)}</time>
            <span>
              {stateWord(event.from)} → <strong>{stateWord(event.to)}</strong>
              {event.reason === null ? '' : `, ${codeWord(event.reason)}`}
            </span>
            <span className="lf-quiet lf-break">
              {words.drawer.by(event.actor)}
              {event.runId === null ? null : (
                <>
                  {', '}
                  <RouterLink to={`/runs/${event.runId}`}>{words.drawer.run}</RouterLink>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Numbers({ shown }: { shown: Copy }) {
  const { autotaskId, quickbooksId, quickbooksNumber, fields } = words.drawer;
  return (
    <Part title={words.drawer.numbers}>
      <Facts>
        <Fact name={autotaskId}>
          <Copyable text={String(shown.autotaskInvoiceId)} label={autotaskId} />
        </Fact>
        {shown.quickbooksNumber === '' ? null : (
          <Fact name={quickbooksNumber}>
            <Copyable text={shown.quickbooksNumber} label={quickbooksNumber} />
          </Fact>
        )}
        {shown.quickbooksId === '' ? null : (
          <Fact name={quickbooksId}>
            <Copyable text={shown.quickbooksId} label={quickbooksId} />
          </Fact>
        )}
        {shown.balance === null ? null : (
          <Fact name={fields.balance}>
            <Amount amount={shown.balance} />
          </Fact>
        )}
        {shown.paidOn === null ? null : <Fact name={words.invoices.paid}>{day(shown.paidOn)}</Fact>}
      </Facts>
    </Part>
  );
}
