/** A role that only part of a route asks for: what the same request does beside looking. */
import { asking } from './context.ts';
import { hasRole, type Role } from './sign-in/sign-in.ts';

/** Whoever asks may look, but not do this; the sentence says what it needs. */
export class RoleNeeded extends Error {
  override readonly name = 'RoleNeeded';
  readonly statusCode = 403;
}

/** The token of the terminal counts as an owner. @throws RoleNeeded */
export function requireRole(role: Role, step: string): void {
  const person = asking.getStore()?.person ?? null;
  if (person !== null && !hasRole(person, role))
    throw new RoleNeeded(`${step} needs the role ${role}; yours is ${person.role}.`);
}
