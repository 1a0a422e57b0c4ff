import { openSchemaContext, type SchemaContext } from '../../target/apply/apply-schema.ts';
import type { Target } from '../../target/target.ts';
import type { RestorePlan } from '../plan/restore-plan.ts';

/** Whatever it is asked for. */
class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

/**
 * What is known while a backup is applied to a server. A drill's embedded target knows beforehand what it cannot do; a
 * server is asked by doing it: an extension or the schema itself may bring a language or an access method, and what it
 * refuses is a failure. Only where and how values are stored may give way.
 */
export async function openRestoreContext(
  target: Target,
  { backup, leftOut }: Pick<RestorePlan, 'backup' | 'leftOut'>,
): Promise<SchemaContext> {
  const context = await openSchemaContext(target, {
    scripts: [backup.preData, backup.postData],
    // Here text sorts as it will from now on: what does not fit is a failure, and no peculiarity of the target.
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
