import fc from 'fast-check';
import { type Message, UNCHANGED } from '../../../../lib/engine/pgoutput/messages.ts';

const oid = fc.nat({ max: 0xffff_ffff });
const lsn = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const micros = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n });
const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes('\0'));
const latin1 = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const value = fc.oneof(latin1, fc.constant(null), fc.constant(UNCHANGED));
const tuple = fc.array(value, { maxLength: 6 });
const old = fc.record({ has: fc.constantFrom('key' as const, 'all' as const), values: tuple });

/** Any message that a server could send. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('begin' as const), finalLsn: lsn, committedAtMicros: micros, xid: oid }),
  fc.record({ kind: fc.constant('commit' as const), commitLsn: lsn, endLsn: lsn, committedAtMicros: micros }),
  fc.record({
    kind: fc.constant('relation' as const),
    oid,
    schema: name,
    name,
    replicaIdentity: fc.constantFrom('d' as const, 'i' as const, 'f' as const, 'n' as const),
    columns: fc.array(
      fc.record({
        name,
        isKey: fc.boolean(),
        typeOid: oid,
        typeModifier: fc.integer({ min: -1, max: 1000 }),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({ kind: fc.constant('insert' as const), relation: oid, values: tuple }),
  fc.record({ kind: fc.constant('update' as const), relation: oid, values: tuple }),
  fc.record({ kind: fc.constant('update' as const), relation: oid, old, values: tuple }),
  fc.record({ kind: fc.constant('delete' as const), relation: oid, old }),
  fc.record({
    kind: fc.constant('truncate' as const),
    relations: fc.array(oid, { maxLength: 4 }),
    cascades: fc.boolean(),
    restartsIdentity: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('message' as const),
    isTransactional: fc.boolean(),
    lsn,
    prefix: name,
    content: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ kind: fc.constant('origin' as const), lsn, name }),
  fc.record({ kind: fc.constant('type' as const), oid, schema: name, name }),
);
