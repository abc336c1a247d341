/** Makes a customer or item active again in QuickBooks, as a person decided: one write with its own intent, looked at first. */
import { withoutDeleted } from '../core/directory.ts';
import { saveQuickBooksRows } from '../store/links.ts';
import { VendorRefused } from '../platform/failures.ts';
import type { RunContext } from './run-context.ts';
import { heed, sendGroup } from './sending.ts';

const TRIES = 4;

/** @throws VendorRefused with QuickBooks' words when it does not take it */
export async function runReactivate(ctx: RunContext): Promise<void> {
  const wanted = ctx.run.options.reactivate;
  if (wanted === undefined) throw new Error('nothing was named to be made active');
  const entity = wanted.kind === 'customer' ? 'Customer' : 'Item';
  const nameField = wanted.kind === 'customer' ? 'DisplayName' : 'Name';
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const row = await ctx.quickbooks.fetchVersioned(wanted.kind, wanted.quickbooksId);
    if (row === null)
      throw new VendorRefused(
        'QuickBooks',
        400,
        '610',
        `it has no ${wanted.kind} with the id ${wanted.quickbooksId}`,
        null,
      );
    const name = withoutDeleted(row.name);
    if (row.active) {
      await remember(ctx, wanted, name);
      ctx.outcome.result = { kind: wanted.kind, quickbooksId: wanted.quickbooksId, name };
      return;
    }
    // The name keeps its suffix until it is given anew (facts/qbo.md 3.5).
    const body = JSON.stringify({
      Id: row.id,
      SyncToken: row.syncToken,
      sparse: true,
      Active: true,
      [nameField]: name,
    });
    const reply = await sendGroup(ctx, {
      members: [],
      allowDuplicateNumber: false,
      other: { endpoint: entity, turn: 'write', body, post: (write) => ctx.quickbooks.postOne({ ...write, entity }) },
      commit: () => Promise.resolve(),
      record: () => Promise.resolve(),
    });
    const item =
      reply.kind === 'answered' ? reply.of({ kind: 'creation', id: '', generation: 0, entity, body: '' }) : null;
    const fault = reply.kind === 'refused' ? reply.fault : item?.kind === 'refused' ? item.fault : null;
    if (fault !== null && fault.meaning !== 'stale')
      throw new VendorRefused('QuickBooks', 400, fault.code, fault.detail || fault.message, fault.reference);
    await heed(ctx, reply);
  }
}

const remember = (
  ctx: RunContext,
  wanted: { kind: 'customer' | 'item'; quickbooksId: string },
  name: string,
): Promise<void> =>
  ctx.lease.write((tx) =>
    saveQuickBooksRows(tx, ctx.tenant, [
      {
        kind: wanted.kind,
        quickbooksId: wanted.quickbooksId,
        name,
        active: true,
        detail:
          wanted.kind === 'customer'
            ? { id: wanted.quickbooksId, name, active: true, currency: null, email: null }
            : {
                id: wanted.quickbooksId,
                name,
                fullName: name,
                type: 'Service',
                active: true,
                description: null,
                unitPrice: null,
                taxable: null,
              },
      },
    ]),
  );
