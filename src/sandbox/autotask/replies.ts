/** Autotask's answers as they come over the wire (facts/autotask.md 2.7). */
import { writeExact } from '../../platform/exact-json.ts';
import type { SandboxReply } from '../shell.ts';

/** A business error: status 500 with `errors`. */
export class AutotaskError extends Error {}

export const json = (status: number, value: unknown): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: writeExact(value),
});

export const businessError = (text: string): SandboxReply => json(500, { errors: [text] });

export const wrongMethod = (method: string): SandboxReply =>
  json(405, { Message: `The requested resource does not support http method '${method}'.` });

/** The API user's level does not permit it; the same sentence for each act (facts section 1). */
export const notPermitted = (act: 'query' | 'create' | 'update' | 'delete'): AutotaskError =>
  new AutotaskError(`The logged in Resource does not have the adequate permissions to ${act} this entity type.`);

/** One page that holds everything, as a child's address answers it. */
export const wholeList = (items: readonly unknown[]): SandboxReply =>
  json(200, {
    items,
    pageDetails: { count: items.length, requestCount: 500, prevPageUrl: null, nextPageUrl: null },
  });
