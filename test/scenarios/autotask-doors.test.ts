/** What Autotask says at its door, in the forms that the facts leave open: no Version, a suspension in other words, odd ids, one 401. */
import { afterEach, describe, expect, it } from 'vitest';
import { markersIn } from '../../src/core/marker.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const html = '<html>busy</html>';

describe('a tenant without Version', () => {
  it('is connected, tested and synced; a single 401 in a run is looked at again all the same', async () => {
    world = await makeWorld({ invoices: 4, autotaskKnobs: { version: 'absent' } });
    expect((await world.command(['connection', 'test', '--json'])).code).toBe(0);
    const rule = {
      path: /BillingItems\/query/,
      when: 'before' as const,
      act: { kind: 'reply' as const, status: 401, body: '' },
      times: 1,
    };
    world.autotask.faults.push(rule);
    await world.sync();
    expect([rule.times, faultsOf(world)]).toEqual([0, []]);
    expect(world.autotask.counters.of('GET Version')).toBeGreaterThan(1);
  }, 120_000);

  it('with a wrong secret is refused like any other', async () => {
    world = await makeWorld({ invoices: 1, autotaskKnobs: { version: 'absent' } });
    world.autotask.counters.reset();
    const done = await addAgain('wrong');
    expect([done.code, world.autotask.counters.of('401')]).toEqual([3, 1]);
  }, 120_000);
});

const addAgain = (secret: string): ReturnType<World['cli']> => {
  const { userName, integrationCode } = world.autotask.knobs;
  return world.command(
    ['connection', 'add', 'Second', '--autotask-user', userName, '--autotask-integration-code', integrationCode],
    { AUTOTASK_SECRET: secret },
  );
};

describe('one 401 while a connection is added', () => {
  it('is told and never tried again, for each further 401 brings the lock-out nearer; asked again it works', async () => {
    world = await makeWorld({ invoices: 1 });
    const before = world.autotask.log.length;
    world.autotask.faults.push({
      path: /atservicesrest\/v1\.0\/(?!zoneInformation)/i,
      when: 'before',
      act: { kind: 'reply', status: 401, body: '' },
      times: 1,
    });
    const refused = await addAgain(world.autotask.knobs.secret);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/refused the credentials/)]);
    const asked = world.autotask.log.slice(before).filter((one) => !/zoneInformation/i.test(one.url));
    expect(asked.map((one) => one.status)).toEqual([401]);
    expect((await world.command(['connection', 'list', '--json'])).stdout).not.toMatch(/Second/);
    expect((await addAgain(world.autotask.knobs.secret)).code).toBe(0);
  }, 120_000);
});

describe('a suspension above the hourly threshold', () => {
  it.each([
    [429, 'The request threshold of the database has been exceeded. Please try again later.'],
    [500, 'The request threshold of the database has been exceeded.'],
    [500, 'API access for this database is suspended.'],
    [500, 'Request was throttled.'],
    [503, 'Rate limit exceeded'],
    [403, 'Too many requests'],
    [429, ''],
    [503, ''],
  ])('%i "%s" is waited out, and all go', async (status, text) => {
    world = await makeWorld({ invoices: 4, scale: 400 });
    const rule = {
      path: /atservicesrest/i,
      skip: 2,
      times: 4,
      when: 'before' as const,
      act: { kind: 'reply' as const, status, body: text === '' ? html : JSON.stringify({ errors: [text] }) },
    };
    world.autotask.faults.push(rule);
    const { run } = await world.sync();
    expect([run.failure, rule.times, faultsOf(world)]).toEqual([null, 0, []]);
  });

  it('and no wait is made of a refusal in other words: the run ends with it at once', async () => {
    world = await makeWorld({ invoices: 2 });
    const body = JSON.stringify({ errors: ['The API is not licensed for this database.'] });
    const rule = {
      path: /Invoices\/query/,
      times: 9,
      when: 'before' as const,
      act: { kind: 'reply' as const, status: 500, body },
    };
    world.autotask.faults.push(rule);
    const { run } = await world.sync();
    expect([run.failure?.kind, rule.times]).toEqual(['vendor', 8]);
    expect(run.failure?.message).toMatch(/not licensed/);
  });
});

describe('ids with hyphens and underscores', () => {
  it('of the company and of the tenant: synced, looked up by our mark, never twice', async () => {
    const realmId = '9341-45_7-2_';
    world = await makeWorld({ invoices: 6, scale: 200, realmId, autotaskKnobs: { customerNumber: '-ab_12-3' } });
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/batch\?/,
      when: 'after',
      act: { kind: 'reset' },
      times: 2,
    });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    const notes = [...world.realm.table('Invoice').values()].map((row) => String(row['PrivateNote']));
    expect(notes.map((note) => markersIn(note).length)).toEqual(notes.map(() => 1));
    const again = ['connection', 'authorize', 'Test', '--code', world.quickbooks.grant(realmId), '--realm', realmId];
    expect((await world.command(again)).code).toBe(0);
    const { report } = await world.sync();
    expect([report.counts.posted, faultsOf(world)]).toEqual([0, []]);
  }, 120_000);
});

describe('what is asked of a row', () => {
  const statusesOf = (entity: string): number[] =>
    world.autotask.log.filter((one) => one.url.endsWith(`/${entity}/query`)).map((one) => one.status);

  it('is what is read of it; a tenant that lacks a field refuses once and is asked for whole rows', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    const all = statusesOf('BillingItems');
    expect(all.length).toBeGreaterThan(0);
    expect([new Set(all), world.autotask.counters.of('named fields of BillingItems')]).toEqual([
      new Set([200]),
      all.length,
    ]);
    await world.close();
    world = await makeWorld({ invoices: 3, autotaskKnobs: { olderTenant: true } });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    const [first, ...rest] = statusesOf('BillingItems');
    expect([first, new Set(rest), world.autotask.counters.of('named fields of BillingItems')]).toEqual([
      500,
      new Set([200]),
      1,
    ]);
    expect(new Set(statusesOf('Invoices'))).toEqual(new Set([200]));
  }, 120_000);
});
