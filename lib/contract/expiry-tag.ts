/**
 * The tag without which no lifecycle rule expires an object of the vault. The keeper sets it on a backup that is
 * older than its class keeps, and only while a newer backup of the same source is proven. The rules of the bucket,
 * the keeper's permissions and the keeper itself import it from here.
 */
export const EXPIRY_TAG = { key: 'lifeboat-expires', value: 'yes' } as const;
