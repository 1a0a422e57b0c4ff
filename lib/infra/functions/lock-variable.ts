import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { Vault } from '../vault/vault.ts';

/** Tells a function how to lock what it writes. */
export function lockVariable({ objectLock }: Vault): Record<string, string> {
  return objectLock ? { [FUNCTION_VARIABLES.objectLock]: JSON.stringify(objectLock) } : {};
}
