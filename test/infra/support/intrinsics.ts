const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-central-1',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * What CloudFormation would put in place of intrinsic functions, near enough to compare: a `Ref` becomes the logical id,
 * `Fn::GetAtt` of an Arn becomes `arn:<logical id>`.
 */
export function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    const [name, argument] = first;
    if (name === 'Ref') return PSEUDO_PARAMETERS[String(argument)] ?? argument;
    if (name === 'Fn::GetAtt' && Array.isArray(argument))
      return getAttribute(String(argument[0]), String(argument[1]));
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      return (argument[1] as unknown[]).map((part) => String(resolve(part))).join(String(argument[0]));
    }
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^}]+)\}/g, (_, reference: string) =>
        String(resolve({ Ref: reference })),
      );
    }
    if (name.startsWith('Fn::')) throw new Error(`${name} is not resolved here`);
  }
  return Object.fromEntries(entries.map(([key, inside]) => [key, resolve(inside)]));
}

function getAttribute(logicalId: string, attribute: string): string {
  return attribute === 'Arn' ? `arn:${logicalId}` : `${logicalId}.${attribute}`;
}

export function asList<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
