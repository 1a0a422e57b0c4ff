import { AwsError } from './aws-error.ts';

type Value = { readonly S?: string; readonly N?: string };
type Item = Record<string, Value>;
type Body = Readonly<Record<string, unknown>>;

/** The little of DynamoDB that functions use: one table with `kind` and `id`, and conditions of one line. */
export class DynamoTable {
  readonly items = new Map<string, Item>();

  operate(operation: string, body: Body): object {
    const values = (body.ExpressionAttributeValues ?? {}) as Record<string, Value>;
    switch (operation) {
      case 'PutItem':
        this.items.set(keyOf(body.Item as Item), body.Item as Item);
        return {};
      case 'GetItem': {
        const item = this.items.get(keyOf(body.Key as Item));
        return item ? { Item: item } : {};
      }
      case 'DeleteItem':
        this.items.delete(keyOf(body.Key as Item));
        return {};
      case 'Query': {
        const kind = values[String(body.KeyConditionExpression).split(' = ')[1] ?? '']?.S;
        const found = [...this.items.values()].filter((item) => item.kind?.S === kind);
        return { Items: found.toSorted((a, b) => (a.id?.S ?? '').localeCompare(b.id?.S ?? '')) };
      }
      case 'UpdateItem':
        return { Attributes: this.#update(body, values) };
      default:
        throw new AwsError(400, 'UnknownOperationException', operation);
    }
  }

  #update(body: Body, values: Record<string, Value>): Item {
    const key = keyOf(body.Key as Item);
    const item: Item = { ...(this.items.get(key) ?? (body.Key as Item)) };
    const condition = body.ConditionExpression === undefined ? undefined : String(body.ConditionExpression);
    if (condition !== undefined && !holds(condition, item, values)) {
      throw new AwsError(400, 'ConditionalCheckFailedException', 'The conditional request failed');
    }
    const [, verb = '', rest = ''] = /^(SET|ADD|REMOVE) (.*)$/.exec(String(body.UpdateExpression)) ?? [];
    for (const part of rest.split(',').map((one) => one.trim())) {
      if (verb === 'REMOVE') delete item[part];
      const [name = '', value = ''] = part.split(verb === 'SET' ? ' = ' : ' ');
      if (verb === 'SET') item[name] = values[value] ?? {};
      if (verb === 'ADD') item[name] = { N: String(Number(item[name]?.N ?? 0) + Number(values[value]?.N)) };
    }
    this.items.set(key, item);
    return item;
  }
}

function keyOf({ kind, id }: Item): string {
  return JSON.stringify([kind?.S, id?.S]);
}

function holds(condition: string, item: Item, values: Record<string, Value>): boolean {
  const one = (text: string): boolean => {
    const [, absent] = /^attribute_not_exists\((\w+)\)$/.exec(text) ?? [];
    if (absent !== undefined) return item[absent] === undefined;
    const [, name = '', operator, value = ''] = /^(\w+) (=|<) (:\w+)$/.exec(text) ?? [];
    const [left, right] = [item[name], values[value]];
    if (operator === '=') return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
    if (operator === '<') return left !== undefined && Number(left.N) < Number(right?.N);
    throw new Error(`the condition ${text} is not known here`);
  };
  return condition.split(' OR ').some((each) => each.split(' AND ').every(one));
}
