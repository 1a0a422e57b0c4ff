/** What other tools call it, and what does it here: a command line that can be copied, and what it does. */
const OTHER_WORDS: Readonly<Record<string, readonly [command: string, does: string]>> = {
  ...words('clean cleanup delete remove rm del expire purge forget rotate gc', [
    'prune',
    'shows which old backups can go, and deletes them with --delete',
  ]),
  ...words('ls dir backups', ['list', 'lists the backups']),
  ...words('stat', ['list', 'shows each backup, how old it is and whether it is proven']),
  ...words('info describe inspect cat', ['show latest', 'shows everything about one backup']),
  ...words('sync replicate download upload', ['copy', 'copies a backup to another vault']),
  ...words('dump save create run snapshot', ['backup', 'takes a backup']),
  ...words('test prove validate', ['drill', 'restores a backup elsewhere, and compares every row']),
  ...words('check', ['doctor', 'checks that backups and restores will work']),
  ...words('monitor metrics watch vacuum bloat locks', ['health', 'measures the database that is backed up']),
  ...words('recover undelete load import rollback', ['restore --dry-run', 'shows what a restore would do']),
  ...words('mount open attach serve', ['browse', 'opens a backup for psql']),
  ...words('sql psql select grep', ['query', 'asks a backup a question in SQL']),
  ...words('compare', ['diff', 'compares a backup with the database']),
  ...words('lock protect pin keep', ['hold', 'keeps a backup from being deleted']),
  ...words('notify ping', ['alert', 'sends a test message']),
};

function words<Meaning>(list: string, meaning: Meaning): Record<string, Meaning> {
  return Object.fromEntries(list.split(' ').map((word) => [word, meaning]));
}

/** `lifeboat prune` shows …; undefined for a word that no tool uses. */
export function meantByWord(word: string): string | undefined {
  const meant = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined;
  return meant && `\`lifeboat ${meant[0]}\` ${meant[1]}.`;
}
