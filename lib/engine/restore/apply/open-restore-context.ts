import { openSchemaContext, type SchemaContext } from '../../target/apply/apply-schema.ts';
import type { Target } from '../../target/target.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';

/** A set that has every string. */
class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

/**
 * Opens the context in which a backup is applied to a server. A drill's embedded target knows beforehand what
 * it cannot do. A server is simply tried, because an extension or the schema itself may bring a language or
 * an access method; what the server refuses is a failure. Only tablespaces and storage options may give way.
 */
export async function openRestoreContext(
  target: Target,
  { backup, leftOut }: Pick<RestorePlan, 'backup' | 'leftOut'>,
): Promise<SchemaContext> {
  const context = await openSchemaContext(target, {
    scripts: [backup.preData, backup.postData],
    // The target's order of text is the one that counts from now on, so anything that does not fit it is a
    // failure.
    defaultOrderIsExact: true,
    roles: backup.manifest.roles,
  });
  for (const { object, type } of leftOut) {
    if (type !== 'ACL' && type !== 'COMMENT') context.leftOut.add(object, 'it was not asked for');
  }
  const all = new Everything();
  return {
    ...context,
    capabilities: {
      ...context.capabilities,
      extensions: all,
      languages: all,
      libraries: undefined,
      tableAccessMethods: all,
    },
  };
}
