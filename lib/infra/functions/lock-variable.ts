import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';

/** Tells a function how to lock what it writes. */
export function lockVariable({ objectLock }: VaultInUse): Record<string, string> {
  return objectLock ? { [FUNCTION_VARIABLES.objectLock]: JSON.stringify(objectLock) } : {};
}
