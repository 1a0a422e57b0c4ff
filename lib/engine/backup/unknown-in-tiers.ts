import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';

interface Named {
  readonly schema: string;
  readonly name: string;
  readonly partitionRoot?: { readonly schema: string; readonly name: string } | undefined;
}

/** Names in tiers, in quotes or not, that are neither one of these tables nor a schema of one. */
export function unknownInTiers(tiers: ReadonlyArray<readonly string[]>, tables: readonly Named[]): string[] {
  const known = new Set(
    tables
      .flatMap((table) => [table, ...(table.partitionRoot ? [table.partitionRoot] : [])])
      .flatMap(({ schema, name }) => [
        schema,
        name,
        `${schema}.${name}`,
        quoteIdentifier(schema),
        qualifiedName(schema, name),
      ]),
  );
  return tiers.flat().filter((name) => !known.has(name));
}
