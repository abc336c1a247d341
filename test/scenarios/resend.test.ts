/** A mail once more: to the same address, as a row of its own, and only because a person asked. */
import { afterEach, describe, expect, it } from 'vitest';
import { resendMail } from '../../src/engine/mailing.ts';
import { startMailServer } from '../../src/mail/testing/mail-servers.ts';
import { loadOutbox } from '../../src/store/outbox.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const outbox = () => withTenant(world.opened.services.database, world.tenant, (tx) => loadOutbox(tx, 50));

describe('sending a mail again', () => {
  it('reaches the same address with the same words, and both stand in the outbox', async () => {
    const server = await startMailServer();
    try {
      world = await makeWorld({ invoices: 2, smtpUrl: `smtp://127.0.0.1:${String(server.port)}` });
      await world.sync();
      const [first] = await outbox();
      const { services, mailer } = world.opened;
      const before = server.received.length;
      const again = await resendMail({ services, mailer, say: () => undefined }, world.tenant, {
        mailId: first?.mail_id ?? '',
        by: 'test',
      });
      expect(again.state).toBe('sent');
      expect(server.received.length).toBe(before + 1);
      expect((await outbox()).filter((mail) => mail.subject === first?.subject).length).toBeGreaterThanOrEqual(2);
    } finally {
      await server.close();
    }
  });

  it('is refused with a sentence where no mail server is set', async () => {
    world = await makeWorld({ invoices: 1 });
    await world.sync();
    const [kept] = await outbox();
    const { services, mailer } = world.opened;
    await expect(
      resendMail({ services, mailer, say: () => undefined }, world.tenant, { mailId: kept?.mail_id ?? '', by: 'test' }),
    ).rejects.toThrow(/No mail server is set/);
  });
});
