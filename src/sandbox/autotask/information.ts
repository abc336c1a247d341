/** What Autotask says about its entities and their fields (facts/autotask.md 2.5). */
import type { SandboxReply } from '../shell.ts';
import { knownFields, type EntityRules, type Field } from './fields.ts';
import type { AutotaskKnobs } from './knobs.ts';
import { valuesOf, type Picklists } from './picklists.ts';
import { json } from './replies.ts';
import type { Tables } from './rows.ts';

interface Question {
  readonly name: string;
  readonly rules: EntityRules;
  /** What stands after `entityInformation`, in lower case. */
  readonly tail: string;
  readonly knobs: AutotaskKnobs;
  readonly picklists: Picklists;
  readonly tables: Tables;
}

export function information(question: Question): SandboxReply {
  const { rules, knobs, tail } = question;
  const known = knownFields(rules, knobs.olderTenant);
  if (tail === 'fields') return json(200, { fields: known.map((field) => described(field, question)) });
  // No fact names one: a tenant's user-defined fields are its own, and a test may put values into rows as it likes.
  if (tail === 'userdefinedfields') return json(200, { fields: [] });
  return json(200, { info: rightsOf(question) });
}

function rightsOf({ name, rules, knobs }: Question): unknown {
  const canUpdate = rules.can.includes('U');
  const access = (may: boolean): string => (may ? 'All' : 'None');
  return {
    name,
    // The sandbox creates and deletes nothing by itself, whatever the real entity can.
    canCreate: false,
    canDelete: false,
    canQuery: true,
    canUpdate,
    userAccessForCreate: 'None',
    userAccessForDelete: 'None',
    userAccessForQuery: access(!knobs.deniedQuery.includes(name)),
    userAccessForUpdate: access(canUpdate && !knobs.deniedUpdate.includes(name)),
    hasUserDefinedFields: rules.can.includes('F'),
    supportsWebhookCallouts: rules.can.includes('W'),
  };
}

function described(field: Field, { name, picklists, tables }: Question): unknown {
  const terms = new Map([...(tables.get('PaymentTerms')?.values() ?? [])].map((row) => [String(row['name']), row.id]));
  const values = name === 'Invoices' && field.name === 'paymentTerm' ? terms : picklists.get(`${name}.${field.name}`);
  return {
    name: field.name,
    dataType: field.dataType,
    length: field.length,
    isRequired: field.isRequired,
    isReadOnly: field.isReadOnly,
    isQueryable: field.isQueryable,
    isReference: field.reference !== '',
    referenceEntityType: field.reference,
    isPickList: field.isPickList,
    picklistValues: valuesOf(values),
    picklistParentValueField: '',
    isSupportedWebhookField: false,
  };
}
