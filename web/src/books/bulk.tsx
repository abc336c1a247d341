/** The bar at the foot of the window: what is done to all that are selected, on this page and on others. */
import { Button } from '@mantine/core';
import { memo, useState } from 'react';
import type { Listed } from '../api.ts';
import { may, useSession } from '../session.tsx';
import { ActionDialog, useAct } from './actions.tsx';
import { offeredFor, type Offer } from './chosen.ts';
import { words } from './words.ts';

interface BulkProps {
  readonly selected: ReadonlySet<number>;
  readonly rows: readonly Listed[];
  readonly count: number;
  readonly onAll: () => Promise<void>;
  readonly onLetGo: () => void;
}

export const Bulk = memo(function Bulk({ selected, rows, count, onAll, onLetGo }: BulkProps) {
  const { data: session } = useSession();
  const [asked, setAsked] = useState<Offer | null>(null);
  const act = useAct(onLetGo);
  const here = rows.filter((row) => selected.has(row.autotaskInvoiceId));
  const { offers, notes } = offeredFor(selected, here, {
    approve: may(session, 'reviewer'),
    book: may(session, 'bookkeeper'),
  });
  const choose = (offer: Offer): void => {
    if (offer.action === 'approve') act.mutate((all) => all.approve(offer.ids));
    else if (offer.action === 'release') act.mutate((all) => all.release(offer.ids));
    else setAsked(offer);
  };
  return (
    <>
      {/* The bar lies over the end of the page: this much of it can be scrolled free. */}
      <div className="bk-under lf-no-print" />
      <div className="bk-bulk lf-no-print" role="region" aria-label={words.invoices.selected(selected.size)}>
        <div>
          <strong>{words.invoices.selected(selected.size)}</strong>
          {count > selected.size ? (
            <Button size="compact-sm" variant="default" onClick={() => void onAll()}>
              {words.invoices.selectAll(count)}
            </Button>
          ) : null}
          {offers.map((offer) => (
            <Button
              key={offer.action}
              size="compact-sm"
              variant={offer.action === 'approve' ? 'filled' : 'default'}
              title={offer.action === 'approve' ? words.actions.approveWhy : undefined}
              loading={act.isPending && (offer.action === 'approve' || offer.action === 'release')}
              onClick={() => choose(offer)}
            >
              {offer.label}
            </Button>
          ))}
          <Button size="compact-sm" variant="subtle" onClick={onLetGo}>
            {words.invoices.letGo}
          </Button>
        </div>
        {notes.length === 0 ? null : (
          <p role="status">
            {notes.map((note) => (
              <span key={note}>{note} </span>
            ))}
          </p>
        )}
        {asked === null ? null : (
          <ActionDialog
            action={asked.action}
            ids={asked.ids}
            problems={here.filter((row) => asked.ids.includes(row.autotaskInvoiceId)).flatMap((row) => row.problems)}
            onClose={() => setAsked(null)}
            onDone={() => {
              setAsked(null);
              onLetGo();
            }}
          />
        )}
      </div>
    </>
  );
});
