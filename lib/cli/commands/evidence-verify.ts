import { Command } from 'commander';
import { listBackups, nameOfBackup } from '../../engine/archive/listing.ts';
import type { VerifiedBackup } from '../../engine/evidence/verify-evidence.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { verifiedText } from '../../present/terminal/evidence-text.ts';
import {
  addBackupOptions,
  BACKUP_ARGUMENT,
  type BackupOptions,
  filterOf,
  namedBackup,
} from '../options/backup-reference.ts';
import { givenPublicKeys, publicKeyOption } from '../options/key-options.ts';
import { jsonOption } from '../options/option-values.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

interface Options extends BackupOptions {
  readonly publicKey: readonly string[];
  readonly require?: boolean;
}

export function verifyEvidenceCommand(context: Context): Command {
  return addBackupOptions(
    new Command('verify')
      .summary('compare signatures with manifests and proofs')
      .description(
        'Compares the signed records of drills with the manifests and proofs that are in the vault, and names what does not fit: a manifest or a proof that was replaced or edited, a record that was changed, a key that does not count. Backups that nobody signed are no error, unless you say --require.',
      )
      .argument('[backup]', `${BACKUP_ARGUMENT} (default: all)`),
  )
    .addOption(publicKeyOption().makeOptionMandatory())
    .option('--require', 'fail if one of these keys does not vouch for a drill of the backup that passed')
    .addOption(jsonOption())
    .action(async (reference: string | undefined, options: Options) => {
      context.present(
        await context.withVault(options.vault, (store) => run(context, store, reference, options)),
      );
    });
}

async function run(
  context: Context,
  store: ObjectStore,
  reference: string | undefined,
  options: Options,
): Promise<CommandOutcome> {
  const { signal } = context;
  const keys = await givenPublicKeys(options.publicKey, context);
  const places =
    reference === undefined
      ? (await listBackups(store, filterOf(options), { signal })).backups.map(({ place }) => place)
      : [await namedBackup(store, reference, options, context)];
  const { verifyEvidence } = await import('../../engine/evidence/verify-evidence.ts');
  const found = await verifyEvidence(store, places, keys, { signal });
  const isFine = ({ verdict }: VerifiedBackup) =>
    verdict === 'signed' || (verdict !== 'altered' && options.require !== true);
  return {
    exitCode:
      found.every(isFine) && (found.length > 0 || options.require !== true)
        ? EXIT_CODES.fine
        : EXIT_CODES.verification,
    json: {
      vault: store.url,
      required: options.require === true,
      keyIds: keys.map(({ keyId }) => keyId),
      backups: found.map(({ place, verdict, hasProof, keyIds, records }) => ({
        name: nameOfBackup(place),
        ...{ verdict, hasProof, keyIds },
        records: records.map(({ key, at, drill, verdict: found, keyId, problems }) => ({
          ...{ key, at, drill: drill ?? null, verdict: found, keyId: keyId ?? null, problems },
        })),
      })),
    },
    text: (page) => verifiedText(found, { vault: store.url, required: options.require === true }, page),
  };
}
