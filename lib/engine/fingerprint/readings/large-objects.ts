import type { Reading } from '../reading.ts';

const OIDS_IN_A_GROUP = 1000;

/** Whether a role still exists: dropped roles get nothing back. */
function isRole(oid: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = ${oid})`;
}

function lines(acl: string): string {
  return `(SELECT pg_catalog.string_agg(item.line, ',' ORDER BY item.line COLLATE "C")
     FROM (SELECT pg_catalog.concat_ws('|', CASE WHEN a.grantee <> 0 THEN
                    pg_catalog.quote_literal(pg_catalog.pg_get_userbyid(a.grantee)) ELSE 'PUBLIC' END,
                    a.privilege_type, a.is_grantable,
                    pg_catalog.quote_literal(pg_catalog.pg_get_userbyid(
                      CASE WHEN ${isRole('a.grantor')} THEN a.grantor ELSE lo.lomowner END))) AS line
             FROM pg_catalog.aclexplode(${acl}) a
            WHERE a.grantee = 0 OR ${isRole('a.grantee')}) item)`;
}

const GRANTS = `
  CASE WHEN lo.lomacl IS NULL OR lo.lomacl = pg_catalog.acldefault('L', lo.lomowner) THEN 'default'
       WHEN ${lines('lo.lomacl')} = ${lines(`pg_catalog.acldefault('L', lo.lomowner)`)} THEN 'default'
       ELSE coalesce(${lines('lo.lomacl')}, 'none') END`;

/**
 * Reads owners, grants, comments and labels of large objects in groups of a thousand, because there can be
 * millions. Contents are compared separately.
 */
export function largeObjects(): Reading {
  return {
    kind: `'large objects'`,
    name: {
      parts: ['o.thousand'],
      format: (thousand: number) =>
        `${thousand * OIDS_IN_A_GROUP} to ${thousand * OIDS_IN_A_GROUP + OIDS_IN_A_GROUP - 1}`,
    },
    address: { catalog: 'pg_largeobject', oid: '0::oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_largeobject_metadata',
    from: `(SELECT lo.oid::bigint / ${OIDS_IN_A_GROUP} AS thousand, pg_catalog.count(*) AS count,
              pg_catalog.bool_and(${isRole('lo.lomowner')}) AS owned,
              pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
                pg_catalog.json_build_array(lo.oid, pg_catalog.pg_get_userbyid(lo.lomowner), ${GRANTS},
                                            remark.description, seal.labels)::text, ' ' ORDER BY lo.oid),
                CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END)), 'hex') AS digest
         FROM pg_catalog.pg_largeobject_metadata lo
         LEFT JOIN pg_catalog.pg_description remark
           ON remark.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND remark.objoid = lo.oid
         LEFT JOIN (SELECT l.objoid, pg_catalog.string_agg(l.provider || ': ' || l.label, ', ' ORDER BY l.provider) AS labels
                      FROM pg_catalog.pg_seclabel l
                     WHERE l.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass GROUP BY 1) seal
           ON seal.objoid = lo.oid
        GROUP BY 1) o`,
    facts: {
      count: 'o.count',
      // Null where an owner was dropped: no restored copy could have the same owner.
      ownersGrantsAndComments: 'CASE WHEN o.owned THEN pg_catalog.left(o.digest, 32) END',
    },
  };
}
