import { clusterOf } from '../../contract/restore-task.ts';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import {
  breakGlassRoleNameIn,
  dashboardName,
  inPascalCase,
  replicaBucketName,
  replicaEnvironment,
  replicationRoleName,
  scrubMachineName,
  stackName,
} from '../../contract/stack-names.ts';
import { code, list, table } from '../../engine/ground/markdown.ts';
import { alarmsOf } from '../../engine/runbook/alarm-names.ts';
import {
  type DeployedSource,
  type Deployment,
  isAsked,
  type RunbookFacts,
} from '../../engine/runbook/deployment.ts';

type Row = readonly [what: string, name: string];

/** Every name of a deployment, known or not: one that is not known comes with the command that finds it. */
export function namesSection(facts: RunbookFacts): string {
  const { deployment } = facts;
  return deployment === undefined ? vaultNames(facts) : deploymentNames(facts, deployment);
}

function vaultNames({ vault, sources }: RunbookFacts): string {
  return table(
    ['what', 'name'],
    [
      ['vault', vault === undefined ? unknown('the `--vault` that your backups are made with') : code(vault)],
      ['sources', sources.length === 0 ? unknown('`npx lifeboat list`') : list(sources)],
      ['backups of a source', list(sources.flatMap(prefixesOf))],
    ],
  );
}

function deploymentNames(facts: RunbookFacts, deployment: Deployment): string {
  const { environment, account, region, sources } = deployment;
  const output = (key: string) => outputOf(facts, key);
  const shared: Row[] = [
    ['environment', code(environment)],
    [
      'account',
      account === undefined ? unknown('`aws sts get-caller-identity --query Account`') : code(account),
    ],
    [
      'region',
      region === undefined ? unknown('`aws configure get region`, or the AWS console') : code(region),
    ],
    ['stack', code(stackName(environment))],
    ['vault (bucket)', output('VaultBucket')],
    ['role to read and restore, `RestoreRole`', output('RestoreRole')],
    ['role to hold backups, `HoldRole`', output('HoldRole')],
    [
      'role to break the glass, `BreakGlassRole`',
      region === undefined ? output('BreakGlassRole') : code(breakGlassRoleNameIn(environment, region)),
    ],
    ['topic that people subscribe to, `AlertTopic`', output('AlertTopic')],
    ...(deployment.hasWords
      ? [
          row('topic of the alarms, `AlarmTopic`', output('AlarmTopic')),
          row('`NotifyFunction`', output('NotifyFunction')),
        ]
      : []),
    ['`SentinelFunction`', output('SentinelFunction')],
    ['`KeeperFunction`', output('KeeperFunction')],
    ...(deployment.isScrubbed
      ? [row('state machine of the scrubs', code(scrubMachineName(environment)))]
      : []),
    ...(sources.some(({ isHealthMeasured }) => isHealthMeasured)
      ? [row('bucket with the results of health, `HealthResults`', output('HealthResults'))]
      : []),
    ['cluster of the tasks', code(clusterOf(environment))],
    ['dashboard', region === undefined ? output('Dashboard') : code(dashboardName(environment, region))],
    ...replicaRows(facts, deployment),
    [
      'log groups',
      resourcesOf(facts, 'AWS::Logs::LogGroup', '`logs SentinelFunction 1h` finds that of a function'),
    ],
    [
      'dead-letter queues',
      resourcesOf(facts, 'AWS::SQS::Queue', '`queue SentinelFunction` finds that of a function'),
    ],
  ];
  return [
    table(['what', 'name'], shared),
    ...sources.map(
      (source) => `**Source ${code(source.name)}**\n\n${table(['what', 'name'], sourceRows(facts, source))}`,
    ),
    `**Alarms**\n\n${alarmsTable(deployment)}`,
  ].join('\n\n');
}

function sourceRows(facts: RunbookFacts, source: DeployedSource): Row[] {
  const { name, secret, schedule, drillSchedule, timeZone, drill, isHealthMeasured, isCaptured, isExported } =
    source;
  const output = (kind: string) => outputOf(facts, `${kind}${inPascalCase(name)}`);
  const drills = Array.isArray(facts.drills) ? facts.drills : [];
  const database = drills.find((one) => one.source === name)?.database;
  return [
    ['secret with its connection', secret === undefined ? unknown('the environments file') : code(secret)],
    [
      'database',
      database === undefined
        ? unknown(`\`npx lifeboat show latest --name ${name} --json | jq -r .manifest.server.database\``)
        : code(database),
    ],
    ['backed up', `${code(schedule)} in ${timeZone}`],
    ['backups', list(prefixesOf(name))],
    ['backup function', output('BackupFunction')],
    ...(drill === 'elsewhere' || drill === 'off'
      ? [
          row(
            'drilled',
            drill === 'off'
              ? '**by nobody**'
              : `by a machine of yours, as often as ${code(drillSchedule)} says`,
          ),
        ]
      : [
          row('drilled', `${code(drillSchedule)} in ${timeZone}`),
          row('drill function', output('RestoreDrillFunction')),
        ]),
    ...(isHealthMeasured ? [row('health function', output('HealthFunction'))] : []),
    ...(isCaptured
      ? [
          row('capture function', output('CaptureFunction')),
          row('watchdog of the slot', output('SlotWatchFunction')),
        ]
      : []),
    ...(isExported ? [row('export function', output('ExportFunction'))] : []),
  ];
}

function replicaRows(facts: RunbookFacts, { environment, region, replica }: Deployment): Row[] {
  if (!replica) return [];
  const bucket =
    replica.account === undefined
      ? outputOf(facts, 'ReplicaBucket')
      : code(replicaBucketName(environment, replica.account, replica.region));
  return [
    [
      'stack of the replica',
      `${code(stackName(replicaEnvironment(environment)))} in ${code(replica.region)}`,
    ],
    ['replica (bucket)', bucket],
    ...(region === undefined
      ? []
      : [row('role with which S3 replicates', code(replicationRoleName(environment, region)))]),
  ];
}

function alarmsTable(deployment: Deployment): string {
  return table(
    ['alarm', 'what to do'],
    alarmsOf(deployment).map(({ name, kind }) => [code(name), `[${kind}](#${kind})`]),
  );
}

/** `daily/app/`: where the backups of a source lie in the vault. */
function prefixesOf(source: string): string[] {
  return RETENTION_CLASSES.map((retentionClass) => `${retentionClass}/${source}/`);
}

function outputOf({ stack }: RunbookFacts, key: string): string {
  const value = isAsked(stack) ? stack.outputs.get(key) : undefined;
  return value === undefined ? unknown(`\`output ${key}\``) : code(value);
}

function resourcesOf({ stack }: RunbookFacts, type: string, finds: string): string {
  const names = isAsked(stack) ? (stack.resources.get(type) ?? []) : [];
  // A queue's id is its address, of which the last part is its name.
  return names.length === 0
    ? unknown(finds)
    : list(names.map((name) => (name.startsWith('https://') ? (name.split('/').at(-1) ?? name) : name)));
}

function row(what: string, name: string): Row {
  return [what, name];
}

function unknown(finds: string): string {
  return `**not known here**: ${finds}`;
}
