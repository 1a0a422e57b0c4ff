import { canBeOfExtension, type MissingObject, qualifiedNameOf } from './missing-object.ts';
import { type ExtensionOfSource, inOtherVersion } from './other-versions.ts';
import type { SchemaContext } from './schema-context.ts';

/**
 * Explains a missing object in a clause after its name, if it can only belong to an extension that is not
 * available, or that the target has in another version. The extension is named if no other one is possible:
 * the objects of an extension are in its schema, or in a schema that it creates itself.
 */
export function extensionOf(
  missing: MissingObject,
  { missingExtensions, otherVersions, extensions }: SchemaContext,
): string | undefined {
  if (!canBeOfExtension(missing)) return undefined;
  const name = qualifiedNameOf(missing);
  const livesThere = ({ schema }: Pick<ExtensionOfSource, 'schema'>) =>
    name?.startsWith(`${schema}.`) === true;
  const schemaOf = new Map(extensions.map((extension) => [extension.name, extension]));
  const isThere = (one: string) => {
    const known = schemaOf.get(one);
    return known === undefined || livesThere(known);
  };
  const others = otherVersions.filter(livesThere);
  const lacking = missingExtensions.filter(isThere);
  const [other, lack] = [others[0], lacking[0]];
  if (others.length + lacking.length === 1) {
    return other ? inOtherVersion(other) : `of an extension that is not available (${lack})`;
  }
  if (others.length === 0 && missingExtensions.length === 0) return undefined;
  if (lacking.length === 0 && others.length > 0) return 'of an extension that has another version here';
  return others.length === 0
    ? 'of an extension that is not available'
    : 'of an extension that is not available, or has another version here';
}
