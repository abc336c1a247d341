/** What stands after a release, until a run has gone by: when it goes, the way to let it go now, and the way back. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Invoice } from '../api.ts';
import { when } from '../parts.tsx';
import { reasonOf, releasedBy } from '../released.ts';
import { useAskedRun } from '../said-with.tsx';
import { may, useConnection, useSession } from '../session.tsx';
import { ActionDialog, useAct } from './actions.tsx';
import { words } from './words.ts';

export function Released({ invoice, shown }: { invoice: Invoice; shown: Invoice['copies'][number] }) {
  const { name, syncStatus, nextRunAt } = useConnection();
  const { data: session } = useSession();
  const [isAsked, setAsked] = useState(false);
  const act = useAct();
  const run = useAskedRun();
  const released = releasedBy(shown, invoice.history);
  if (released === null) return null;
  const id = shown.autotaskInvoiceId;
  const reason = reasonOf(name, id);
  return (
    <div className="lf-done" role="status">
      <span>{syncStatus === 'paused' ? words.released.paused : words.released.next(when(nextRunAt))}</span>
      {may(session, 'bookkeeper') ? (
        <>
          <Button
            size="compact-sm"
            loading={run.isPending}
            onClick={() =>
              run.mutate({ kind: 'manual-copy', invoiceIds: [id], overwrite: false, mailCustomer: false, emails: [] })
            }
          >
            {words.released.sync}
          </Button>
          {released.wasHeld ? (
            <Button
              size="compact-sm"
              variant="default"
              loading={act.isPending}
              onClick={() => (reason === undefined ? setAsked(true) : act.mutate((all) => all.hold([id], reason)))}
            >
              {words.released.back}
            </Button>
          ) : null}
        </>
      ) : null}
      {isAsked ? (
        <ActionDialog action="hold" ids={[id]} onClose={() => setAsked(false)} onDone={() => setAsked(false)} />
      ) : null}
    </div>
  );
}
