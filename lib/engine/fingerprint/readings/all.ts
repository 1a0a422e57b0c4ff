import type { Omissions } from '../../catalog/omissions.ts';
import type { Reading } from '../reading.ts';
import { accessMethods } from './access-methods.ts';
import { aggregates } from './aggregates.ts';
import { casts } from './casts.ts';
import { collations } from './collations.ts';
import { attributes, columns } from './columns.ts';
import { checkConstraints, domainConstraints, foreignKeys } from './constraints.ts';
import { conversions } from './conversions.ts';
import { defaultPrivileges } from './default-privileges.ts';
import { domains } from './domains.ts';
import { eventTriggers } from './event-triggers.ts';
import { extensions } from './extensions.ts';
import { foreignDataWrappers, servers, userMappings } from './foreign-data.ts';
import { functions } from './functions.ts';
import { indexConstraints, indexes } from './indexes.ts';
import { languages } from './languages.ts';
import { largeObjects } from './large-objects.ts';
import { operatorClasses, operatorFamilies, operators } from './operators.ts';
import { policies } from './policies.ts';
import { publications } from './publications.ts';
import { relations } from './relations.ts';
import { roles } from './roles.ts';
import { rules } from './rules.ts';
import { schemas } from './schemas.ts';
import { sequences } from './sequences.ts';
import { statistics } from './statistics.ts';
import { subscriptions } from './subscriptions.ts';
import { textSearch } from './text-search.ts';
import { transforms } from './transforms.ts';
import { triggers } from './triggers.ts';
import { types } from './types.ts';

/** The readings for every kind of object that a database of this major can hold. */
export function allReadings(major: number, roleNames: readonly string[], omissions: Omissions): Reading[] {
  return [
    roles(major, roleNames),
    schemas(),
    extensions(),
    accessMethods(),
    languages(),
    foreignDataWrappers(major),
    servers(),
    userMappings(),
    collations(major),
    conversions(),
    types(major),
    attributes(),
    domains(),
    domainConstraints(),
    functions(major),
    aggregates(major),
    operators(),
    operatorFamilies(),
    operatorClasses(),
    casts(),
    transforms(),
    ...textSearch(),
    sequences(),
    relations(major, omissions),
    columns(major),
    indexConstraints(major),
    foreignKeys(major),
    checkConstraints(major),
    indexes(major),
    triggers(),
    rules(),
    policies(),
    statistics(major),
    defaultPrivileges(major),
    largeObjects(),
    eventTriggers(),
    ...publications(major),
    subscriptions(major),
  ];
}
