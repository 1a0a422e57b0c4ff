import { NestedStack, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** The templates of the nested stacks below a stack, by the ids of their constructs. */
export function nestedTemplates(stack: Stack): Map<string, Template> {
  const nested = stack.node.findAll().filter((one) => NestedStack.isNestedStack(one));
  return new Map(nested.map((one) => [one.node.id, Template.fromStack(one as NestedStack)]));
}

/** The template of one nested stack. */
export function nestedTemplate(stack: Stack, id: string): Template {
  const found = nestedTemplates(stack).get(id);
  if (!found) throw new Error(`${stack.stackName} has no nested stack ${id}`);
  return found;
}
