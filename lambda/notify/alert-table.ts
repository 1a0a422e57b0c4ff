import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { type Alert, alertSchema } from '../../lib/notify/alarms/alert.ts';
import { type Memory, memorySchema, NOTHING_TOLD } from '../../lib/notify/alarms/told.ts';
import { logger } from '../shared/log.ts';

/** A message that waits, and where. */
export interface WaitingAlert {
  readonly id: string;
  readonly alert: Alert;
}

/** The one who tells, until `untilMs`. */
export interface Turn {
  readonly owner: string;
  readonly memory: Memory;
}

const INBOX = 'inbox';
const MEMORY = { kind: { S: 'memory' }, id: { S: 'memory' } } as const;
const storedMemory = v.pipe(v.string(), v.parseJson(), memorySchema);
const storedAlert = v.pipe(v.string(), v.parseJson(), alertSchema);

/**
 * Keeps what waits to be told, and what people were told, in one table. Only one invocation tells at a time: it takes its
 * turn by a conditional write, and gives it back only if nothing has arrived since it looked. So nothing is told
 * twice by two, and nothing is left that nobody looks at.
 */
export class AlertTable {
  readonly #name: string;
  readonly #client = new DynamoDBClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });

  constructor(name: string) {
    this.#name = name;
  }

  /** Lets a message wait. The same message again is the same item. */
  async put(alert: Alert, abortSignal: AbortSignal): Promise<void> {
    await this.#client.send(
      new PutItemCommand({
        TableName: this.#name,
        Item: { kind: { S: INBOX }, id: { S: idOf(alert) }, alert: { S: JSON.stringify(alert) } },
      }),
      { abortSignal },
    );
    // Whoever tells sees by this that it has to look again.
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#name,
        Key: MEMORY,
        UpdateExpression: 'ADD arrivals :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
      { abortSignal },
    );
  }

  /** Takes the turn; undefined if another invocation has it. One that died loses it when its time is over. */
  async takeTurn(
    owner: string,
    now: Date,
    untilMs: number,
    abortSignal: AbortSignal,
  ): Promise<Turn | undefined> {
    try {
      const { Attributes } = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: MEMORY,
          UpdateExpression: 'SET turn = :owner, untilMs = :until',
          ConditionExpression: 'attribute_not_exists(turn) OR untilMs < :now',
          ExpressionAttributeValues: {
            ':owner': { S: owner },
            ':until': { N: String(untilMs) },
            ':now': { N: String(now.getTime()) },
          },
          ReturnValues: 'ALL_NEW',
        }),
        { abortSignal },
      );
      return { owner, memory: memoryOf(Attributes?.memory?.S) };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  /** How many messages have arrived in all. */
  async arrivals(abortSignal: AbortSignal): Promise<number> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#name, Key: MEMORY, ConsistentRead: true }),
      { abortSignal },
    );
    return Number(Item?.arrivals?.N ?? 0);
  }

  /** Everything that waits. */
  async waiting(abortSignal: AbortSignal): Promise<WaitingAlert[]> {
    const found: WaitingAlert[] = [];
    for (let from: Record<string, { S: string }> | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#name,
          KeyConditionExpression: 'kind = :inbox',
          ExpressionAttributeValues: { ':inbox': { S: INBOX } },
          ConsistentRead: true,
          ...(from && { ExclusiveStartKey: from }),
        }),
        { abortSignal },
      );
      for (const { id, alert } of Items) {
        const read = v.safeParse(storedAlert, alert?.S);
        if (read.success) found.push({ id: id?.S ?? '', alert: read.output });
        else found.push({ id: id?.S ?? '', alert: asItIs(id?.S ?? '', alert?.S ?? '') });
      }
      from = LastEvaluatedKey as typeof from;
      if (!from) return found;
    }
  }

  /** Keeps what people were told, and takes out what was told. Throws if somebody else has the turn now. */
  async keep(
    { owner }: Turn,
    memory: Memory,
    told: readonly WaitingAlert[],
    abortSignal: AbortSignal,
  ): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#name,
        Key: MEMORY,
        UpdateExpression: 'SET memory = :memory',
        ConditionExpression: 'turn = :owner',
        ExpressionAttributeValues: { ':memory': { S: JSON.stringify(memory) }, ':owner': { S: owner } },
      }),
      { abortSignal },
    );
    for (const { id } of told) {
      const Key = { kind: { S: INBOX }, id: { S: id } };
      await this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key }), { abortSignal });
    }
  }

  /** Gives the turn back; false if something has arrived since `arrivals` were counted. */
  async endTurn({ owner }: Turn, arrivals: number, abortSignal: AbortSignal): Promise<boolean> {
    return await this.#leave(
      owner,
      arrivals === 0 ? 'attribute_not_exists(arrivals)' : 'arrivals = :arrivals',
      arrivals === 0 ? {} : { ':arrivals': { N: String(arrivals) } },
      abortSignal,
    );
  }

  /** Gives the turn back after a failure, whatever has arrived. What waits stays. */
  async abandonTurn({ owner }: Turn, abortSignal: AbortSignal): Promise<void> {
    await this.#leave(owner, undefined, {}, abortSignal);
  }

  async #leave(
    owner: string,
    condition: string | undefined,
    values: Record<string, { N: string }>,
    abortSignal: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: MEMORY,
          UpdateExpression: 'REMOVE turn, untilMs',
          ConditionExpression: ['turn = :owner', ...(condition === undefined ? [] : [condition])].join(
            ' AND ',
          ),
          ExpressionAttributeValues: { ':owner': { S: owner }, ...values },
        }),
        { abortSignal },
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}

function idOf({ at, id }: Alert): string {
  return `${at}#${id}`;
}

/** Memory of another version, or that somebody has damaged, counts as none: then something is told twice. */
function memoryOf(stored: string | undefined): Memory {
  if (stored === undefined) return NOTHING_TOLD;
  const read = v.safeParse(storedMemory, stored);
  if (!read.success) logger.warn('what people were told cannot be read, so something may be told again');
  return read.success ? read.output : NOTHING_TOLD;
}

function asItIs(id: string, text: string): Alert {
  return { type: 'other', id, at: new Date(0).toISOString(), subject: '', text };
}
