/** Updates: only named fields change, and what may not be written is passed over without a word (facts/autotask.md 2.4). */
import { parseExact } from '../../platform/exact-json.ts';
import type { SandboxReply, SandboxRequest } from '../shell.ts';
import type { EntityRules, Field } from './fields.ts';
import type { AutotaskKnobs } from './knobs.ts';
import { businessError, json } from './replies.ts';
import type { MutableRow } from './rows.ts';

/** PATCH changes what it names; PUT empties the writable fields that it does not name. */
export function update(
  request: SandboxRequest,
  rules: EntityRules,
  table: Map<number, MutableRow> | undefined,
  knobs: AutotaskKnobs,
): SandboxReply {
  const body = parseExact(request.body === '' ? '{}' : request.body) as Record<string, unknown>;
  const given = new Map(Object.entries(body).map(([key, value]) => [key.toLowerCase(), value]));
  const row = table?.get(Number(given.get('id')));
  if (row === undefined || row.isHidden === true) return businessError(knobs.unknownIdText);
  for (const field of rules.fields.filter((one) => !one.isReadOnly)) {
    const isNamed = given.has(field.name.toLowerCase());
    const value = given.get(field.name.toLowerCase()) ?? null;
    if (!isNamed && request.method === 'PATCH') continue;
    if (isNamed && value === null && knobs.patchNull === 'ignored') continue;
    row[field.name] = stored(field, value);
  }
  return json(200, { itemId: row.id });
}

/** Over-long text is cut without an error (facts 2.4); a paid date loses its time without a shift (facts 2.6). */
function stored(field: Field, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (field.name === 'paidDate') return `${value.slice(0, 10)}T00:00:00Z`;
  return field.length > 0 ? value.slice(0, field.length) : value;
}
