import { Command } from 'commander';
import { lastScrubs } from '../../engine/archive/last-scrubs.ts';
import { readManifestFile } from '../../engine/archive/read-manifest.ts';
import { readProof } from '../../engine/archive/read-proof.ts';
import type { ScrubRecord } from '../../engine/archive/scrub-record.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { summaryOf } from '../../present/json/backup-summary.ts';
import { showText } from '../../present/terminal/show-text.ts';
import {
  addBackupOptions,
  BACKUP_ARGUMENT,
  type BackupOptions,
  namedBackup,
  storeOptionsOf,
} from '../options/backup-reference.ts';
import { jsonOption } from '../options/option-values.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

export function showCommand(context: Context): Command {
  return addBackupOptions(
    new Command('show')
      .summary('show everything about one backup')
      .description(
        'Shows one backup: when and from which server it was taken, each table with its rows and digest, what was left out and why, and whether a drill has proven it.',
      )
      .argument('[backup]', BACKUP_ARGUMENT, 'latest'),
  )
    .addOption(jsonOption())
    .action(async (reference: string, options: BackupOptions) => {
      context.present(
        await context.withVault(
          options.vault,
          (store) => show(context, store, reference, options),
          storeOptionsOf(options),
        ),
      );
    });
}

async function show(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: BackupOptions,
): Promise<CommandOutcome> {
  const { now, signal } = context;
  const place = await namedBackup(store, reference, options, context);
  const { manifest, sha256 } = await readManifestFile(store, place, { signal });
  const proof = (await readProof(store, place, sha256, { signal }))?.report;
  const backup = summaryOf(place, manifest);
  const scrub = (await lastScrubs(store, [place], { signal }).catch(nothingKnown)).get(backup.name);
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      vault: store.url,
      ...backup,
      proven: proof !== undefined,
      proof: proof ?? null,
      scrub: scrub ?? null,
      manifest,
    },
    text: (page) => showText({ vault: store.url, backup, manifest, proof, scrub, now: now() }, page),
  };
}

/** Who may read one source only may not read the records. The backup itself matters more. */
function nothingKnown(error: unknown): Map<string, ScrubRecord> {
  if (error instanceof LifeboatError) return new Map();
  throw error;
}
