import { NestedStack, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

export function nestedStacks(stack: Stack): NestedStack[] {
  return stack.node.findAll().filter((one): one is NestedStack => NestedStack.isNestedStack(one));
}

export function nestedStack(stack: Stack, id: string): NestedStack | undefined {
  return nestedStacks(stack).find(({ node }) => node.id === id);
}

/** The templates of the nested stacks below a stack, by the ids of their constructs. */
export function nestedTemplates(stack: Stack): Map<string, Template> {
  return new Map(nestedStacks(stack).map((one) => [one.node.id, Template.fromStack(one)]));
}

/** The template of one nested stack. */
export function nestedTemplate(stack: Stack, id: string): Template {
  const found = nestedTemplates(stack).get(id);
  if (!found) throw new Error(`${stack.stackName} has no nested stack ${id}`);
  return found;
}
