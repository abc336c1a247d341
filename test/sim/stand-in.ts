/**
 * The stand-in: a plain one-by-one sync as one would write it in an afternoon (like bench/peer.ts): a look-up by number
 * before each invoice, created, then marked in Autotask, run again after a crash. No ledger, no request ids, no marker. It
 * sees the same network, the same faults and the same requests' times as the product, on virtual time.
 */
import type { Http } from '../../src/platform/http.ts';
import { centsOf, cents, fine, shown, sumOf, type Numeric } from './exact.ts';
import { Kernel, SimProcess } from './kernel.ts';
import { Network } from './network.ts';
import { planOf, type Plan } from './plan.ts';
import { Random } from './random.ts';
import { intuitUrl, realmOf, SimVendors } from './vendors.ts';
import { invoicesOf, linesOf, seedVendors, type Books } from './world.ts';

type Row = Record<string, unknown>;
type World = Omit<Books, 'tenant'>;
const MINUTE = 60_000;

export interface Losses {
  readonly invoices: number;
  readonly lost: number;
  readonly doubled: number;
  readonly changed: number;
}

class StandIn {
  readonly #http: Http;
  readonly #world: World;
  readonly #token: string;

  constructor(http: Http, world: World, token: string) {
    this.#http = http;
    this.#world = world;
    this.#token = token;
  }

  async #autotask(method: 'POST' | 'PATCH' | 'GET', path: string, body?: unknown): Promise<Row> {
    const { userName, secret, integrationCode } = this.#world.autotask.knobs;
    const reply = await this.#http.send({
      method,
      url: `http://127.0.0.1:${String(2001 + this.#world.index)}/ATServicesRest/V1.0/${path}`,
      headers: { userName, secret, apiIntegrationCode: integrationCode, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: 60_000,
    });
    if (reply.status !== 200) throw new Error(`Autotask ${String(reply.status)}`);
    return JSON.parse(reply.text) as Row;
  }

  async #books(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Row> {
    const reply = await this.#http.send({
      method,
      url: `${intuitUrl}/v3/company/${realmOf(this.#world.index)}/${path}`,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: 60_000,
    });
    if (reply.status !== 200) throw new Error(`QuickBooks ${String(reply.status)}`);
    return JSON.parse(reply.text) as Row;
  }

  async #find(entity: string, field: string, value: string): Promise<Row | null> {
    const text = `select * from ${entity} where ${field} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    const found = (await this.#books('GET', `query?query=${encodeURIComponent(text)}`))['QueryResponse'] as Row;
    return ((found[entity] as Row[] | undefined) ?? [])[0] ?? null;
  }

  async pass(): Promise<void> {
    const filter = [{ op: 'eq', field: 'isVoided', value: false }];
    const invoices = (await this.#autotask('POST', 'Invoices/query', { MaxRecords: 500, filter }))['items'] as Row[];
    for (const invoice of invoices.filter((row) => row['webServiceDate'] === null)) await this.#one(invoice);
  }

  async #one(invoice: Row): Promise<void> {
    const id = Number(invoice['id']);
    const number = String(id);
    const there = await this.#find('Invoice', 'DocNumber', number);
    const lines = (
      await this.#autotask('POST', 'BillingItems/query', {
        MaxRecords: 500,
        filter: [{ op: 'eq', field: 'invoiceID', value: id }],
      })
    )['items'] as Row[];
    const company = (await this.#autotask('GET', `Companies/${String(invoice['companyID'])}`))['item'] as Row;
    const name = String(company['companyName']).replaceAll(':', '-').replaceAll('’', "'");
    if (there === null) {
      const customer =
        (await this.#find('Customer', 'DisplayName', name)) ??
        ((await this.#books('POST', 'customer', { DisplayName: name }))['Customer'] as Row);
      const items: Row[] = [];
      for (const line of lines) {
        const item =
          (await this.#find('Item', 'Name', String(line['itemName']))) ??
          ((
            await this.#books('POST', 'item', {
              Name: line['itemName'],
              Type: 'Service',
              IncomeAccountRef: { value: [...this.#world.realm.table('Account').keys()][0] },
            })
          )['Item'] as Row);
        items.push({
          DetailType: 'SalesItemLineDetail',
          Amount: Math.round(Number(line['totalAmount']) * 100) / 100,
          Description: line['description'],
          SalesItemLineDetail: { ItemRef: { value: item['Id'] } },
        });
      }
      await this.#books('POST', 'invoice', {
        DocNumber: number,
        TxnDate: String(invoice['invoiceDateTime']).slice(0, 10),
        CustomerRef: { value: customer['Id'] },
        Line: items,
      });
    }
    await this.#autotask('PATCH', 'Invoices', {
      id,
      webServiceDate: new Date(Date.parse('2026-11-24T00:00:00Z')).toISOString(),
    });
  }
}

/** The stand-in under one seed: every interval another pass, also after the faults have ended; nobody acts. */
export async function standIn(plan: Plan): Promise<Losses> {
  const kernel = new Kernel(new Random(`${plan.seed} turns`), Date.parse(plan.startAt));
  const vendors = new SimVendors();
  await vendors.open(kernel, plan);
  const network = new Network(kernel, vendors, new Random(`${plan.seed} network`), plan.faults);
  const worlds = plan.connections.map((_one, index) => seedVendors(kernel, plan, vendors, index));
  await kernel.run(() => false, kernel.now + MINUTE);
  for (const world of worlds) world.realm.queryLagMs = world.plan.lagMs;
  const until = kernel.now + plan.activeMs;
  for (const world of worlds) {
    void (async () => {
      for (;;) {
        const process = new SimProcess(`peer.${String(world.index)}`, kernel);
        const { token } = await accessOf(vendors, world.index);
        await new StandIn(network.httpOf(process), world, token).pass().catch(() => undefined);
        await kernel.pause(world.plan.intervalMinutes * MINUTE);
      }
    })();
  }
  await kernel.run(() => false, until);
  network.areFaultsOn = false;
  await kernel.run(() => false, kernel.now + 45 * MINUTE);
  return worlds.map(lossesOf).reduce((a, b) => ({
    invoices: a.invoices + b.invoices,
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    changed: a.changed + b.changed,
  }));
}

/** An access token without the ceremony: the stand-in's own refreshing is not what is compared. */
async function accessOf(vendors: SimVendors, connection: number): Promise<{ token: string }> {
  const { clientId, clientSecret } = vendors.quickbooks.oauth.knobs;
  const reply = await vendors.quickbooks.handle({
    method: 'POST',
    url: '/oauth2/v1/tokens/bearer',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: `grant_type=authorization_code&code=${vendors.consent(connection)}`,
  });
  return { token: String((JSON.parse(reply.body) as { access_token?: string }).access_token) };
}

function lossesOf(world: World): Losses {
  let [lost, doubled, changed] = [0, 0, 0];
  const forms = world.made.filter((one) => one.entity === 'Invoice');
  for (const id of world.clean) {
    const mine = forms.filter((one) => one.row['DocNumber'] === String(id));
    if (mine.length === 0) lost += 1;
    doubled += Math.max(mine.length - 1, 0);
    const lines = linesOf(world).filter((line) => line['invoiceID'] === id);
    const net = centsOf(sumOf(lines.map((line) => fine(line['totalAmount'] as Numeric))));
    const wanted = net + centsOf(fine(invoicesOf(world).get(id)?.['totalTaxValue'] as Numeric));
    if (mine.some((form) => shown(cents(form.row['TotalAmt'] as Numeric)) !== shown(wanted))) changed += 1;
  }
  return { invoices: world.clean.size, lost, doubled, changed };
}

export async function standInUnder(from: number, to: number): Promise<number> {
  const total = { invoices: 0, lost: 0, doubled: 0, changed: 0 };
  for (let seed = from; seed <= to; seed += 1) {
    const one = await standIn(planOf(String(seed)));
    for (const key of Object.keys(total) as (keyof Losses)[]) total[key] += one[key];
  }
  process.stdout.write(
    `stand-in, seeds ${String(from)} to ${String(to)}: ${String(total.invoices)} invoices, ${String(total.lost)} lost, ${String(total.doubled)} doubled, ${String(total.changed)} with another total\n`,
  );
  return 0;
}
