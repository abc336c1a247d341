/**
 * Intuit's webhooks (facts/qbo.md 5.3): both formats, signed over the raw body, answered at once. They only wake: what
 * changed is read by a payment pass. One delivery may hold events of several companies; each goes to its own connection.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { realmHash } from '../../engine/connecting.ts';
import { requestRun, workOnce } from '../../engine/requests.ts';
import { readSettings } from '../../core/settings.ts';
import { findConnectionsOfRealm, loadSettings, updateConnection } from '../../store/connections.ts';
import { hasQueued } from '../../store/runs.ts';
import { withSystem, withTenant } from '../../store/tenant.ts';
import { open, type App, type RouteContext } from '../context.ts';

const legacy = z.looseObject({ eventNotifications: z.array(z.unknown()) });
const notification = z.looseObject({
  realmId: z.string(),
  dataChangeEvent: z.looseObject({ entities: z.array(z.looseObject({ name: z.string() })) }),
});
const cloudEvents = z.array(z.unknown());
const cloudEvent = z.looseObject({ type: z.string(), intuitaccountid: z.string() });

/** Entries are read one by one: an odd one spoils no other. */
const readable = <T>(entries: readonly unknown[], schema: z.ZodType<T>): T[] =>
  entries.flatMap((entry) => {
    const parsed = schema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });

/** Realm ids whose invoices or payments changed; null when the body is none of the two formats. */
export function realmsIn(body: unknown): string[] | null {
  const old = legacy.safeParse(body);
  if (old.success) {
    const mine = readable(old.data.eventNotifications, notification).filter((one) =>
      one.dataChangeEvent.entities.some((entity) => /^(Invoice|Payment)$/i.test(entity.name)),
    );
    return [...new Set(mine.map((one) => one.realmId))];
  }
  const events = cloudEvents.safeParse(body);
  if (!events.success) return null;
  const mine = readable(events.data, cloudEvent).filter((one) => /^qbo\.(invoice|payment)\./i.test(one.type));
  return [...new Set(mine.map((one) => one.intuitaccountid))];
}

/** base64(HMAC-SHA256(token, raw body)), compared in constant time. */
export function isSigned(raw: string, signature: string, token: string): boolean {
  const wanted = createHmac('sha256', token).update(raw).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

export function addWebhookRoutes(app: App, context: RouteContext): void {
  const { services } = context;
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    scope.post('/webhooks/intuit', { config: open, schema: { hide: true } }, async (request, reply) => {
      const token = services.config.webhookVerifierToken;
      const raw = typeof request.body === 'string' ? request.body : '';
      const signature = request.headers['intuit-signature'];
      if (token === null || typeof signature !== 'string' || !isSigned(raw, signature, token))
        return reply.code(401).send({ error: 'The signature does not fit.' });
      const realms = realmsIn(parsedOrNull(raw));
      if (realms === null) return reply.code(400).send({ error: 'This is no notification of Intuit.' });
      // Intuit waits three seconds for the answer (facts/qbo.md 5.3); the waking goes on behind it.
      for (const realm of realms)
        wake(context, realm).catch((error: unknown) =>
          services.log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'a webhook woke nobody'),
        );
      return reply.code(200).send({ received: realms.length });
    });
    done();
  });
}

function parsedOrNull(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

/** A payment pass for each connection of the company, unless one waits already or payments are off or paused. */
async function wake(context: RouteContext, realmId: string): Promise<void> {
  const { services, worker } = context;
  const rows = await withSystem(services.database, (tx) => findConnectionsOfRealm(tx, realmHash(realmId)));
  for (const row of rows) {
    const tenant = { organizationId: row.organization_id, connectionId: row.connection_id };
    const due = await withTenant(services.database, tenant, async (tx) => {
      const stored = await loadSettings(tx, tenant.connectionId);
      const settings = readSettings(stored?.settings ?? {});
      return (
        settings['payments.sync'] && settings['sync.status'] !== 'paused' && !(await hasQueued(tx, 'payment-pass'))
      );
    });
    if (!due) continue;
    await requestRun(services, tenant, { kind: 'payment-pass', options: {}, by: 'schedule' });
    if (worker === null)
      await withTenant(services.database, tenant, (tx) =>
        updateConnection(tx, tenant.connectionId, { next_run_at: services.clock.now() }),
      );
    else workOnce(worker, tenant, null).catch(() => undefined);
  }
}
