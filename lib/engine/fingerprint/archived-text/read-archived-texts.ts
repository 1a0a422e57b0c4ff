import { decodeName } from '../../sql-script/names.ts';
import {
  type RelationName,
  type StatementTarget,
  statementTarget,
} from '../../sql-script/statement-target.ts';
import { TokenReader } from '../../sql-script/tokens.ts';
import { type ObjectKind, objectKey } from '../fingerprint.ts';
import { identifier, onRelation, qualified } from '../identity.ts';
import { domainTexts } from './domain-texts.ts';
import { routineTexts } from './routine-texts.ts';
import { StatementText } from './statement-text.ts';
import { elementTexts, partitionKeyText } from './table-texts.ts';

/**
 * The texts that a script gives for each object and fact, as the server deparsed them for pg_dump. The list
 * holds the last text only, except for routines: overloaded routines are told apart by their text alone.
 */
export type ArchivedTexts = ReadonlyMap<string, readonly string[]>;

export function archivedTextKey(kind: ObjectKind, name: string, fact: string): string {
  return `${objectKey({ kind, name })}\t${fact}`;
}

/**
 * Reads the deparsed texts from the statements of pre-data.sql and post-data.sql, which are passed in order.
 */
export function readArchivedTexts(statements: Iterable<string>): ArchivedTexts {
  const reading = new Reading();
  for (const text of statements) {
    if (/^(?:CREATE|ALTER)\s/i.test(text)) reading.read(text);
  }
  return reading.texts;
}

class Reading {
  readonly texts = new Map<string, string[]>();

  read(text: string): void {
    const target = statementTarget(text);
    const { verb, objectType, action } = target;
    const statement = () => new StatementText(text);
    if (verb === 'CREATE') this.#readCreate(target, statement);
    else if (objectType === 'POLICY') this.#readPolicy(target, statement());
    else if (objectType === 'PUBLICATION') this.#readPublication(target, statement());
    else if (action === 'ADD CONSTRAINT') this.#readAddedConstraint(target, statement());
    else if (action === 'ATTACH PARTITION') this.#readBound(statement());
    else if (target.column !== undefined) this.#readColumn(target, statement());
  }

  #readCreate(target: StatementTarget, statement: () => StatementText): void {
    const { objectType, schema = '', name = '', on } = target;
    const own = qualified(schema, name);
    switch (objectType) {
      case 'VIEW':
        this.#set('view', own, 'definition', viewText(statement()));
        break;
      case 'MATERIALIZED VIEW':
        this.#set('materialized view', own, 'definition', viewText(statement()));
        break;
      case 'INDEX':
        this.#set('index', qualified(on?.schema ?? '', name), 'definition', statement().whole);
        break;
      case 'TRIGGER':
        this.#set('trigger', onObject(name, on), 'definition', statement().whole);
        break;
      case 'RULE':
        this.#set('rule', onObject(name, on), 'definition', `${statement().whole};`);
        break;
      case 'STATISTICS':
        this.#set('statistics', own, 'definition', statement().whole);
        break;
      case 'POLICY':
        this.#readPolicy(target, statement());
        break;
      case 'DOMAIN':
        this.#readDomain(target, statement());
        break;
      case 'TABLE':
      case 'FOREIGN TABLE':
        this.#readTable(target, statement());
        break;
      case 'FUNCTION':
      case 'PROCEDURE':
        this.#readRoutine(objectType === 'FUNCTION' ? 'function' : 'procedure', own, statement());
        break;
    }
  }

  #readTable({ schema = '', name = '', objectType }: StatementTarget, statement: StatementText): void {
    for (const { element, name: part, text } of elementTexts(statement)) {
      if (element === 'column') this.#set('column', qualified(schema, name, part), 'default', text);
      else this.#set('constraint', onRelation(part, schema, name), 'definition', text);
    }
    if (objectType === 'TABLE') {
      this.#set('table', qualified(schema, name), 'partitionKey', partitionKeyText(statement));
    }
  }

  #readDomain({ schema = '', name = '' }: StatementTarget, statement: StatementText): void {
    const { default: value, constraints } = domainTexts(statement);
    this.#set('domain', qualified(schema, name), 'default', value);
    for (const [constraint, text] of constraints) {
      this.#set('domain constraint', onRelation(constraint, schema, name), 'definition', text);
    }
  }

  #readAddedConstraint(
    { objectType, schema = '', name = '' }: StatementTarget,
    statement: StatementText,
  ): void {
    const at = statement.find('ADD CONSTRAINT');
    const { kind, text } = statement.tokens[at + 2] ?? { kind: 'word' as const, text: '' };
    const constraint = onRelation(decodeName(kind, text), schema, name);
    const definition = statement.between(at + 3, statement.tokens.length);
    this.#set(
      objectType === 'DOMAIN' ? 'domain constraint' : 'constraint',
      constraint,
      'definition',
      definition,
    );
  }

  /**
   * Reads SET DEFAULT of a table's or view's column. Any other change of a default or expression removes its
   * text.
   */
  #readColumn({ schema = '', name = '', column = '' }: StatementTarget, statement: StatementText): void {
    const own = qualified(schema, name, column);
    const set = statement.find('SET DEFAULT');
    if (set >= 0) {
      this.#set('column', own, 'default', statement.between(set + 2, statement.tokens.length));
    } else if (statement.find('DROP DEFAULT') >= 0 || statement.find('EXPRESSION') >= 0) {
      this.texts.delete(archivedTextKey('column', own, 'default'));
    }
  }

  #readPolicy({ name = '' }: StatementTarget, statement: StatementText): void {
    const own = onObject(name, nameBehind(statement, 'ON'));
    const using = statement.find('USING');
    const check = statement.find('WITH CHECK');
    this.#set('policy', own, 'using', using < 0 ? undefined : statement.inside(using + 1));
    this.#set('policy', own, 'withCheck', check < 0 ? undefined : statement.inside(check + 2));
  }

  /** `ALTER TABLE ONLY parent ATTACH PARTITION child FOR VALUES …` */
  #readBound(statement: StatementText): void {
    const { name, schema = '' } = nameBehind(statement, 'ATTACH PARTITION');
    const at = statement.find('ATTACH PARTITION') + (schema === '' ? 3 : 5);
    const bound = statement.between(at, statement.tokens.length);
    for (const kind of ['table', 'foreign table'] as const) {
      this.#set(kind, qualified(schema, name), 'partitionBound', bound);
    }
  }

  /** `ALTER PUBLICATION p ADD TABLE ONLY t (a, b) WHERE (…)` */
  #readPublication({ name = '' }: StatementTarget, statement: StatementText): void {
    const at = statement.find('ADD TABLE ONLY');
    const where = statement.find('WHERE', at);
    if (at < 0 || where < 0) return;
    const table = nameBehind(statement, 'ADD TABLE ONLY');
    const own = `${qualified(table.schema ?? '', table.name)} in publication ${identifier(name)}`;
    this.#set('publication table', own, 'filter', statement.inside(where + 1));
  }

  #readRoutine(kind: 'function' | 'procedure', own: string, statement: StatementText): void {
    const { defaults, body } = routineTexts(statement);
    for (const [fact, text] of [
      ['defaults', defaults],
      ['body', body],
    ] as const) {
      const key = archivedTextKey(kind, own, fact);
      if (text !== undefined) this.texts.set(key, [...(this.texts.get(key) ?? []), text]);
    }
  }

  #set(kind: ObjectKind, name: string, fact: string, text: string | undefined): void {
    if (text !== undefined) this.texts.set(archivedTextKey(kind, name, fact), [text]);
  }
}

function onObject(name: string, on: RelationName | undefined): string {
  return onRelation(name, on?.schema ?? '', on?.name ?? '');
}

/** Reads the name that follows these words. */
function nameBehind(statement: StatementText, words: string): RelationName {
  const at = statement.find(words) + words.split(' ').length;
  const [name = '', schema] = (new TokenReader(statement.tokens.slice(at)).readDottedName() ?? []).reverse();
  return schema === undefined ? { name } : { schema, name };
}

/** The query after AS, without the view's options; it ends with a semicolon, as from pg_get_viewdef(). */
function viewText(statement: StatementText): string | undefined {
  const at = statement.find('AS');
  if (at < 0) return undefined;
  const total = statement.tokens.length;
  const option = ['WITH CASCADED CHECK OPTION', 'WITH LOCAL CHECK OPTION', 'WITH NO DATA', 'WITH DATA'].find(
    (words) => statement.find(words, total - words.split(' ').length) >= 0,
  );
  return `${statement.between(at + 1, total - (option?.split(' ').length ?? 0))};`;
}
