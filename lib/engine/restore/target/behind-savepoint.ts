import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { isRefusal } from './restore-sessions.ts';

/** Runs `work` (several statements, or a COPY) behind a savepoint: a refusal undoes only `work`. */
export async function behindSavepoint<T>(session: ServerTarget, work: () => Promise<T>): Promise<T> {
  await session.execute('SAVEPOINT rows');
  try {
    const result = await work();
    await session.execute('RELEASE SAVEPOINT rows');
    return result;
  } catch (error) {
    if (isRefusal(error)) {
      await session.execute('ROLLBACK TO SAVEPOINT rows');
      await session.execute('RELEASE SAVEPOINT rows');
    }
    throw error;
  }
}
