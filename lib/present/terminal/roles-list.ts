import type { RestorePlan } from '../../engine/restore/restore.ts';
import { printable } from './printable.ts';

/** `app_user (LOGIN), owner`: every role, with the rights that make it more than an owner. */
export function rolesList(roles: RestorePlan['roles']): string {
  return roles
    .map(({ name, attributes }) =>
      printable(attributes.length > 0 ? `${name} (${attributes.join(', ')})` : name),
    )
    .join(', ');
}
