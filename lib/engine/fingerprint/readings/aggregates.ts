import { inOwnSchema, names, type Reading, routine } from '../reading.ts';
import { FUNCTIONS, functionReading, SHARED_FACTS } from './functions.ts';

const MODIFIES = (column: string) =>
  `CASE ${column} WHEN 's' THEN 'shareable' WHEN 'w' THEN 'read write' END`;

export function aggregates(major: number): Reading {
  return functionReading({
    kind: `'aggregate'`,
    onlyIf: inOwnSchema('pg_proc', 'pronamespace', "o.prokind = 'a'"),
    from: `${FUNCTIONS} JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid`,
    where: `p.prokind = 'a'`,
    facts: {
      ...SHARED_FACTS,
      ...(major >= 19 ? { support: routine('p.prosupport') } : {}),
      aggregateKind: `CASE a.aggkind WHEN 'o' THEN 'ordered set' WHEN 'h' THEN 'hypothetical set' END`,
      directArguments: 'NULLIF(a.aggnumdirectargs, 0)',
      transition: routine('a.aggtransfn'),
      state: names('pg_catalog.format_type(a.aggtranstype, NULL)'),
      stateSize: 'NULLIF(a.aggtransspace, 0)',
      initialState: 'a.agginitval',
      final: routine('a.aggfinalfn'),
      finalTakesArguments: 'a.aggfinalextra',
      finalModifies: MODIFIES('a.aggfinalmodify'),
      combine: routine('a.aggcombinefn'),
      serialize: routine('a.aggserialfn'),
      deserialize: routine('a.aggdeserialfn'),
      sortOperator: names('NULLIF(a.aggsortop, 0)::pg_catalog.regoperator::text'),
      movingTransition: routine('a.aggmtransfn'),
      movingInverse: routine('a.aggminvtransfn'),
      movingFinal: routine('a.aggmfinalfn'),
      movingFinalTakesArguments: 'a.aggmfinalextra',
      movingFinalModifies: MODIFIES('a.aggmfinalmodify'),
      movingState: names(
        'CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END',
      ),
      movingStateSize: 'NULLIF(a.aggmtransspace, 0)',
      movingInitialState: 'a.aggminitval',
    },
  });
}
