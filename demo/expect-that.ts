import { LifeboatError } from '../lib/engine/ground/errors.ts';

/** Ends the demo if `holds` is false: the demo claims nothing that it has not checked. */
export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (holds) return;
  throw new LifeboatError({
    code: 'demo-stopped',
    kind: 'internal',
    what: `The story stops here, because ${otherwise}.`,
    meaning: 'This should not happen: Lifeboat has found something wrong with its own work.',
    remedy: 'Please report it, with everything that was printed.',
  });
}
