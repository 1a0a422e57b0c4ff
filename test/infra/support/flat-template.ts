import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { nestedStacks } from './nested.ts';

interface Json {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown>; DependsOn?: string[] }>;
  Outputs?: Record<string, { Value: unknown }>;
  Parameters?: Record<string, unknown>;
}

/**
 * The template of a stack with the resources of its nested stacks in it, as if there was one stack: so a test sees all of
 * them. A resource of a nested stack has the logical id of the nested stack before its own.
 */
export function flatTemplate(stack: Stack): Template {
  const own = Template.fromStack(stack).toJSON() as Json;
  const resources = { ...own.Resources };
  let outputs = { ...own.Outputs };
  for (const nested of nestedStacks(stack)) {
    const json = Template.fromStack(nested).toJSON() as Json;
    const id = stack.getLogicalId(nested.nestedStackResource as never);
    const prefix = nested.node.id;
    const given = own.Resources[id]?.Properties.Parameters as Record<string, unknown>;
    const inside = (value: unknown): unknown =>
      replaced(value, (name, argument) => {
        if (name === 'Ref' && typeof argument === 'string') {
          if (given[argument] !== undefined) return given[argument];
          return json.Resources[argument] ? { Ref: `${prefix}${argument}` } : undefined;
        }
        if (name !== 'Fn::GetAtt' || !Array.isArray(argument)) return undefined;
        return { 'Fn::GetAtt': [`${prefix}${argument[0]}`, argument[1]] };
      });
    for (const [name, found] of Object.entries(json.Resources)) {
      resources[`${prefix}${name}`] = inside(found) as Json['Resources'][string];
    }
    const fromOutside = (value: unknown): unknown =>
      replaced(value, (name, argument) => {
        if (name !== 'Fn::GetAtt' || !Array.isArray(argument) || argument[0] !== id) return undefined;
        const output = String(argument[1]).replace(/^Outputs\./, '');
        return inside(json.Outputs?.[output]?.Value);
      });
    for (const name of Object.keys(resources)) {
      if (name !== id) resources[name] = fromOutside(resources[name]) as Json['Resources'][string];
    }
    outputs = fromOutside(outputs) as typeof outputs;
  }
  return Template.fromJSON({ ...own, Resources: resources, Outputs: outputs });
}

/** A copy in which each intrinsic function is what `replace` makes of it, if it makes something. */
function replaced(value: unknown, replace: (name: string, argument: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => replaced(one, replace));
  if (typeof value !== 'object' || value === null) return value;
  const [first, ...others] = Object.entries(value);
  if (first && others.length === 0) {
    const found = replace(first[0], first[1]);
    if (found !== undefined) return found;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, replaced(inside, replace)]));
}
