/**
 * Outgoing webhooks of the QuickBooks sandbox in both formats, signed (facts/qbo.md 5.3). Nothing is sent until a test or the
 * admin door sets the knob, and only to this machine.
 */
import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Counters } from '../shell.ts';
import type { Row } from './query.ts';

/** The knob `webhooks`: null is off. */
export interface WebhookTarget {
  /** On this machine: the sandbox must not be a way to call others. */
  url: string;
  verifierToken: string;
  format: 'legacy' | 'cloudevents';
  /** Product milliseconds that changes are gathered; production gathers 1, 3 or 5 minutes. */
  gatherMs?: number;
  /** At least once: every delivery comes twice. */
  twice?: boolean;
  /** Unordered: the changes of a delivery come newest first. */
  reversed?: boolean;
}

type Operation = 'Create' | 'Update' | 'Delete' | 'Void' | 'Emailed';
interface Change {
  readonly realmId: string;
  readonly entity: string;
  readonly id: string;
  readonly operation: Operation;
  readonly at: Date;
}

/** Real milliseconds: who is called runs at the speed of this machine, whatever the time scale. */
const ANSWER_MS = 3_000;
/** Product minutes after which a refused delivery comes again; then it is dropped and the endpoint is disabled. */
const RETRY_MINUTES = [20, 30, 50];
const GATHER_MS = 60_000;
/** Lists that tell nobody of their changes (our reading: they are missing in Intuit's list of webhook entities). */
const SILENT = new Set(['TaxCode', 'TaxRate', 'Attachable']);
const pastTense: Readonly<Record<Operation, string>> = {
  Create: 'created',
  Update: 'updated',
  Delete: 'deleted',
  Void: 'voided',
  Emailed: 'emailed',
};

/** `intuit-signature`: HMAC-SHA256 of the raw body with the app's verifier token, base64. */
export const signature = (verifierToken: string, body: string): string =>
  createHmac('sha256', verifierToken).update(body, 'utf8').digest('base64');

export class Webhooks {
  readonly #clock: Clock;
  readonly #target: () => WebhookTarget | null;
  readonly #counters: Counters;
  readonly #stop = new AbortController();
  /** Rows as they were told of last, to tell a void or a mail from another update. */
  readonly #seen = new Map<string, Row>();
  #waiting: Change[] = [];
  /** After a delivery that failed to the end, this address gets nothing more. */
  #disabled: string | null = null;

  constructor(clock: Clock, target: () => WebhookTarget | null, counters: Counters) {
    this.#clock = clock;
    this.#target = target;
    this.#counters = counters;
  }

  /** Told of every change of a realm, whoever made it; `row` null: deleted. */
  changed(realmId: string, entity: string, id: string, row: Row | null): void {
    const key = `${realmId} ${entity} ${id}`;
    const operation = operationOf(this.#seen.get(key), row);
    if (row === null) this.#seen.delete(key);
    else this.#seen.set(key, row);
    const target = this.#target();
    if (target === null || SILENT.has(entity) || target.url === this.#disabled) return;
    this.#waiting.push({ realmId, entity, id, operation, at: this.#clock.now() });
    if (this.#waiting.length === 1) this.#inBackground(() => this.#gather(target.gatherMs ?? GATHER_MS));
  }

  /** Ends all waits; what was not delivered is lost. */
  stop(): void {
    this.#stop.abort();
  }

  #inBackground(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (!this.#stop.signal.aborted)
        this.#counters.add(`webhook fault ${error instanceof Error ? error.message : ''}`);
    });
  }

  async #gather(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#stop.signal);
    const target = this.#target();
    const changes = this.#waiting.splice(0);
    if (target === null || changes.length === 0) return;
    const body = bodyOf(target.reversed === true ? changes.toReversed() : changes, target);
    for (let copy = 0; copy < (target.twice === true ? 2 : 1); copy += 1)
      this.#inBackground(() => this.#deliver(target, body));
  }

  /** The same bytes again after 20, 30 and 50 minutes on a 5xx, a 408 or no answer (facts 5.3). */
  async #deliver(target: WebhookTarget, body: string): Promise<void> {
    checkTarget(target.url);
    const id = randomUUID();
    for (const minutes of [...RETRY_MINUTES, null]) {
      const status = await this.#post(target, body, id);
      this.#counters.add(`webhooks answered ${String(status)}`);
      if (status !== 0 && status !== 408 && status < 500) return;
      if (minutes !== null) await this.#clock.sleep(minutes * 60_000, this.#stop.signal);
    }
    this.#disabled = target.url;
    this.#counters.add('webhook endpoints disabled');
  }

  /** The status, 0 without an answer in time. */
  async #post(target: WebhookTarget, body: string, id: string): Promise<number> {
    try {
      const reply = await fetch(target.url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': target.format === 'cloudevents' ? 'application/cloudevents+json' : 'application/json',
          'intuit-signature': signature(target.verifierToken, body),
          'intuit-created-time': this.#clock.now().toISOString(),
          'intuit-t-id': id,
          'intuit-notification-schema-version': target.format === 'cloudevents' ? '2.0' : '1.0',
        },
        body,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      await reply.body?.cancel();
      return reply.status;
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      return 0;
    }
  }
}

function checkTarget(url: string): void {
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname))
    throw new Error('the sandbox sends webhooks to this machine only');
}

/** A void and a mail are operations of their own; everything else that was there before is an update. */
function operationOf(before: Row | undefined, row: Row | null): Operation {
  if (row === null) return 'Delete';
  if (before === undefined) return 'Create';
  const note = (one: Row): string => (typeof one['PrivateNote'] === 'string' ? one['PrivateNote'] : '');
  if (note(row).startsWith('Voided') && !note(before).startsWith('Voided')) return 'Void';
  const sentAt = (one: Row): unknown => (one['DeliveryInfo'] as Row | undefined)?.['DeliveryTime'];
  return row['EmailStatus'] === 'EmailSent' && sentAt(row) !== sentAt(before) ? 'Emailed' : 'Update';
}

function bodyOf(changes: readonly Change[], target: WebhookTarget): string {
  if (target.format === 'cloudevents') return JSON.stringify(changes.map(cloudEvent));
  const realms = [...new Set(changes.map((one) => one.realmId))];
  return JSON.stringify({
    eventNotifications: realms.map((realmId) => ({
      realmId,
      dataChangeEvent: {
        entities: changes
          .filter((one) => one.realmId === realmId)
          .map((one) => ({
            id: one.id,
            operation: one.operation,
            name: one.entity,
            lastUpdated: one.at.toISOString(),
          })),
      },
    })),
  });
}

/** Nine fraction digits; `data` is empty: ids only, always to be read again. */
const cloudEvent = (change: Change): unknown => ({
  specversion: '1.0',
  id: randomUUID(),
  source: 'intuit.c2FuZGJveA==',
  type: `qbo.${change.entity.toLowerCase()}.${pastTense[change.operation]}.v1`,
  datacontenttype: 'application/json',
  time: change.at.toISOString().replace('Z', '000000Z'),
  intuitentityid: change.id,
  intuitaccountid: change.realmId,
  data: {},
});
