import type { PlannedStatement } from '../planned-statement.ts';
import { aggregateSupport } from './aggregate-support.ts';
import { compression } from './compression.ts';
import { eightByteTypes } from './eight-byte-types.ts';
import { extensions } from './extensions.ts';
import { foreignData } from './foreign-data.ts';
import { goneRoles } from './gone-roles.ts';
import { languages } from './languages.ts';
import { libraries } from './libraries.ts';
import { partitionIndexes } from './partition-indexes.ts';
import { rowsElsewhere } from './rows-elsewhere.ts';
import type { Decision, RuleContext } from './rule.ts';
import { securityLabels } from './security-labels.ts';
import { subscriptions } from './subscriptions.ts';
import { tableAccessMethods } from './table-access-methods.ts';
import { tablespaces } from './tablespaces.ts';

const RULES = [
  aggregateSupport,
  compression,
  eightByteTypes,
  extensions,
  foreignData,
  goneRoles,
  languages,
  libraries,
  partitionIndexes,
  rowsElsewhere,
  securityLabels,
  subscriptions,
  tableAccessMethods,
  tablespaces,
];

/** The first rule that leaves the statement out decides. */
export function decide(statement: PlannedStatement, context: RuleContext): Decision | undefined {
  for (const rule of RULES) {
    const decision = rule(statement, context);
    if (decision) return decision;
  }
  return undefined;
}
