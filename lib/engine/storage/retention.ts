/** In governance a person with a permission of its own may end a lock early. In compliance nobody may. */
export type RetentionMode = 'governance' | 'compliance';

/** Until when nobody may delete a version of an object, by S3 Object Lock. */
export interface Retention {
  readonly mode: RetentionMode;
  readonly until: Date;
}
