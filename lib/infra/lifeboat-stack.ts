import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { type ISubnet, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { inPascalCase } from '../contract/stack-names.ts';
import { consoleLink } from '../contract/status-page.ts';
import { acknowledge } from './acknowledge.ts';
import type {
  EnvironmentSettings,
  HealthEndpointSettings,
  HealthSettings,
  NamedSecretSettings,
  ReplicaSettings,
  RestoreOnAwsSettings,
  SourceSettings,
  VpcSettings,
} from './environment/environment-settings.ts';
import {
  auditProps,
  objectLockProps,
  plainHealthProps,
  plainSourceProps,
  retentionProps,
  thresholdProps,
} from './environment/props-of-settings.ts';
import { importSecret } from './import-secret.ts';
import { PostgresBackup } from './postgres-backup.ts';
import type { HealthEndpointProps } from './props/health-endpoint-props.ts';
import type { HealthProps } from './props/health-props.ts';
import type { HeartbeatProps } from './props/heartbeat-props.ts';
import type { NotificationProps } from './props/notification-props.ts';
import type { ReplicaTargetProps } from './props/replica-target-props.ts';
import type { RestoreOnAwsProps } from './props/restore-on-aws-props.ts';
import type { SourceNetworkProps } from './props/source-network-props.ts';
import type { SourceProps } from './props/source-props.ts';

/** The example account of AWS's documentation. */
const EXAMPLE_ACCOUNT = ':111122223333:';

/** What a {@link LifeboatStack} is made from. */
export interface LifeboatStackProps extends StackProps {
  readonly environment: string;
  /** Settings that readEnvironments has checked. */
  readonly settings: EnvironmentSettings;
}

/** One environment of bin/environments.ts, with outputs that name what people need. */
export class LifeboatStack extends Stack {
  readonly backup: PostgresBackup;
  readonly #environment: string;

  constructor(scope: Construct, id: string, props: LifeboatStackProps) {
    const { environment, settings } = props;
    super(scope, id, {
      description: `Lifeboat: PostgreSQL backups that prove they restore (${environment})`,
      terminationProtection: settings.terminationProtection ?? false,
      // With spaces, the template of fifteen sources is larger than CloudFormation takes.
      suppressTemplateIndentation: true,
      ...props,
    });
    const {
      retention,
      objectLock,
      guard,
      breakGlass,
      audit,
      scrub,
      signDrills,
      replica,
      thresholds,
      healthEndpoint,
      statusPage,
      restorers,
      holders,
      runbook,
    } = settings;
    this.#environment = environment;
    this.backup = new PostgresBackup(this, 'Lifeboat', {
      environment,
      sources: settings.sources.map((source) => this.#sourceProps(source)),
      alertEmails: [...settings.notifications.emails],
      notifications: this.#notificationProps(settings),
      ...(retention && { retention: retentionProps(retention) }),
      ...(objectLock && { objectLock: objectLockProps(objectLock) }),
      ...(guard !== undefined && { guard }),
      ...(audit && { audit: auditProps(audit) }),
      ...(scrub !== undefined && { scrub }),
      ...(signDrills !== undefined && { signDrills }),
      ...(replica && { replica: targetOf(settings, replica) }),
      ...(breakGlass && { breakGlassArns: [...breakGlass] }),
      ...(thresholds && { thresholds: thresholdProps(thresholds) }),
      ...(healthEndpoint && { healthEndpoint: endpointProps(this, healthEndpoint) }),
      ...(statusPage !== undefined && { statusPage }),
      ...(restorers && { restorerArns: [...restorers] }),
      ...(holders && { holderArns: [...holders] }),
      ...(runbook !== undefined && { runbook }),
      ...(settings.restoreOnAws && { restoreOnAws: this.#restoreOnAwsProps(settings.restoreOnAws) }),
    });
    this.#describeOutputs();
    this.#warnOfExamples(settings);
  }

  #sourceProps(settings: SourceSettings): SourceProps {
    const {
      secretArn,
      secretName,
      secretKeyArn,
      ageIdentitySecretArn: identityArn,
      ageIdentitySecretKeyArn: identityKeyArn,
      health,
      vpc,
      heartbeat,
    } = settings;
    const imported = new Construct(this, `Imported-${settings.name}`);
    return {
      ...plainSourceProps(settings),
      secret:
        secretArn === undefined
          ? Secret.fromSecretNameV2(imported, 'Secret', secretName ?? '')
          : importSecret(imported, 'Secret', secretArn),
      ...(secretKeyArn !== undefined && { secretKey: Key.fromKeyArn(imported, 'SecretKey', secretKeyArn) }),
      ...(identityArn !== undefined && {
        ageIdentitySecret: importSecret(imported, 'Identity', identityArn),
      }),
      ...(identityKeyArn !== undefined && {
        ageIdentitySecretKey: Key.fromKeyArn(imported, 'IdentityKey', identityKeyArn),
      }),
      ...(health && { health: healthProps(imported, health) }),
      ...(vpc && { network: network(imported, vpc) }),
      ...(heartbeat && { heartbeat: namedSecret(new Construct(imported, 'Heartbeat'), heartbeat) }),
    };
  }

  #notificationProps({ notifications }: EnvironmentSettings): NotificationProps {
    const { channels, digest, heartbeat } = notifications;
    const imported = new Construct(this, 'Imported');
    return {
      ...(channels && {
        channels: channels.map(({ kind, name, hears, ...secret }, index) => ({
          kind,
          ...namedSecret(new Construct(imported, `Channel${index + 1}`), secret),
          ...(name !== undefined && { name }),
          ...(hears && { hears }),
        })),
      }),
      ...(digest !== undefined && { digest: ScheduleExpression.expression(digest) }),
      ...(heartbeat && { heartbeat: namedSecret(new Construct(imported, 'Heartbeat'), heartbeat) }),
    };
  }

  #restoreOnAwsProps({ targetSecretArns, vpc }: RestoreOnAwsSettings): RestoreOnAwsProps {
    const imported = new Construct(this, 'Imported-RestoreOnAws');
    return {
      targetSecrets: targetSecretArns.map((arn, index) => importSecret(imported, `Secret${index}`, arn)),
      ...(vpc && { network: network(imported, vpc) }),
    };
  }

  /** Warns of ARNs from the examples: they synthesize, but no function could read such a secret. */
  #warnOfExamples({ sources }: EnvironmentSettings): void {
    for (const { name, secretArn } of sources) {
      if (!secretArn?.includes(EXAMPLE_ACCOUNT)) continue;
      Annotations.of(this).addWarningV2(
        `lifeboat:example-secret-${name}`,
        `${name} still has the secret of the example: put the ARN of your own secret into bin/environments.ts before you deploy`,
      );
    }
  }

  #describeOutputs(): void {
    const {
      vault,
      healthResults,
      replicaBucketName,
      sources,
      sentinelFunction,
      keeperFunction,
      scrubStateMachineArn,
      vaultAlarm,
      alertTopic,
      alarmTopic,
      notifyFunction,
      restoreRole,
      holdRole,
      breakGlassRole,
      signingKey,
      dashboard,
    } = this.backup;
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('VaultBucket', vault.bucket.bucketName, 'Where the backups are');
    if (replicaBucketName !== undefined) {
      output('ReplicaBucket', replicaBucketName, 'Where the backups are replicated to');
    }
    for (const source of sources) {
      const { name, backupFunction, drillFunction, healthFunction, criticalAlarm } = source;
      output(
        `BackupFunction${inPascalCase(name)}`,
        backupFunction.functionName,
        `Invoke this function to back up ${name} now`,
      );
      if (drillFunction) {
        output(
          `RestoreDrillFunction${inPascalCase(name)}`,
          drillFunction.functionName,
          `Invoke this function to drill ${name} now`,
        );
      }
      if (healthFunction) {
        output(
          `HealthFunction${inPascalCase(name)}`,
          healthFunction.functionName,
          `The function that measures the health of ${name}; invoke it to measure now`,
        );
      }
      const { captureFunction, slotWatchFunction } = source;
      if (captureFunction && slotWatchFunction) {
        output(
          `CaptureFunction${inPascalCase(name)}`,
          captureFunction.functionName,
          `The function that captures the changes of ${name}; invoke it to capture now`,
        );
        output(
          `SlotWatchFunction${inPascalCase(name)}`,
          slotWatchFunction.functionName,
          `The function that drops the slot of ${name} before it fills the disk`,
        );
      }
      if (source.exportFunction) {
        output(
          `ExportFunction${inPascalCase(name)}`,
          source.exportFunction.functionName,
          `The function that exports tables of ${name} after each backup; invoke it to export now`,
        );
      }
      if (!criticalAlarm) continue;
      output(
        `PageNowAlarm${inPascalCase(name)}`,
        criticalAlarm.alarmName,
        `Connect your pager to this alarm: when it fires, there may be no backup of ${name} to restore`,
      );
    }
    const { healthEndpointUrl } = this.backup;
    if (healthEndpointUrl !== undefined) {
      output('HealthEndpoint', healthEndpointUrl, 'Give this URL to a monitor outside');
    }
    const { statusPageBucket } = this.backup;
    if (statusPageBucket) {
      output(
        'StatusPage',
        consoleLink(this.region, statusPageBucket.bucketName),
        'The status page; sign in to AWS first',
      );
    }
    if (healthResults) {
      output('HealthResults', healthResults.bucketName, 'Where the last results of health are');
    }
    const { exportsBucket } = this.backup;
    if (exportsBucket) {
      output('Exports', exportsBucket.bucketName, 'Where exports of tables lie for days');
    }
    output(
      'SentinelFunction',
      sentinelFunction.functionName,
      'The function that checks the vault every five minutes',
    );
    output(
      'KeeperFunction',
      keeperFunction.functionName,
      'The function that marks what may expire, twice a day',
    );
    if (scrubStateMachineArn !== undefined) {
      output(
        'ScrubStateMachine',
        scrubStateMachineArn,
        'Start this state machine to read every backup again now',
      );
    }
    if (signingKey) {
      output('SigningKey', signingKey.keyArn, 'Signs records of drills; its public key is for auditors');
    }
    output('AlertTopic', alertTopic.topicArn, 'Subscribe everyone who should receive alarms');
    if (notifyFunction) {
      output(
        'AlarmTopic',
        alarmTopic.topicArn,
        'The topic that carries the alarms as CloudWatch writes them',
      );
      output('NotifyFunction', notifyFunction.functionName, 'The function that tells people in words');
    }
    if (vaultAlarm) {
      output(
        'PageNowAlarm',
        vaultAlarm.alarmName,
        'Connect your pager to this alarm: when it fires, nobody watches the backups',
      );
    }
    output('RestoreRole', restoreRole.roleArn, 'Assume this role, with MFA, to read backups');
    output('HoldRole', holdRole.roleArn, 'Assume this role, with MFA, to hold backups');
    if (breakGlassRole) {
      output(
        'BreakGlassRole',
        breakGlassRole.roleArn,
        'Assume this role, with MFA, to change what protects the backups',
      );
    }
    if (dashboard) output('Dashboard', dashboard.dashboardName, 'The CloudWatch dashboard of the backups');
    output(
      'RunbookCommand',
      `npx lifeboat runbook --env ${this.#environment} --out runbook.md`,
      'Run this before an incident: it writes the runbook with the names of this deployment',
    );
  }
}

function namedSecret(
  scope: Construct,
  { secretArn, secretName, secretKeyArn }: NamedSecretSettings,
): HeartbeatProps {
  return {
    secret:
      secretArn === undefined
        ? Secret.fromSecretNameV2(scope, 'Secret', secretName ?? '')
        : importSecret(scope, 'Secret', secretArn),
    ...(secretKeyArn !== undefined && { secretKey: Key.fromKeyArn(scope, 'Key', secretKeyArn) }),
  };
}

function healthProps(scope: Construct, settings: HealthSettings): HealthProps {
  const { secretArn, secretKeyArn } = settings;
  return {
    ...plainHealthProps(settings),
    ...(secretArn !== undefined && { secret: importSecret(scope, 'HealthSecret', secretArn) }),
    ...(secretKeyArn !== undefined && { secretKey: Key.fromKeyArn(scope, 'HealthSecretKey', secretKeyArn) }),
  };
}

function endpointProps(scope: Construct, { auth }: HealthEndpointSettings): HealthEndpointProps {
  if (auth === 'iam') return {};
  const { secretArn, secretKeyArn, header } = auth.secretHeader;
  return {
    secretHeader: {
      secret: importSecret(scope, 'EndpointSecret', secretArn),
      ...(secretKeyArn !== undefined && {
        secretKey: Key.fromKeyArn(scope, 'EndpointSecretKey', secretKeyArn),
      }),
      ...(header !== undefined && { header }),
    },
  };
}

/** The account only if it is another one, for then the stack must know its own. */
function targetOf(settings: EnvironmentSettings, { region, account }: ReplicaSettings): ReplicaTargetProps {
  return { region, ...(account !== undefined && account !== settings.account && { account }) };
}

function network(scope: Construct, vpc: VpcSettings): SourceNetworkProps {
  const { vpcId, availabilityZones, subnetIds, securityGroupIds, dualStack } = vpc;
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: [...availabilityZones] }),
    subnets: {
      subnets: subnetIds.map((subnetId, index) => subnet(scope, subnetId, availabilityZones[index] ?? '')),
    },
    ...(securityGroupIds && {
      securityGroups: securityGroupIds.map((id) => SecurityGroup.fromSecurityGroupId(scope, id, id)),
    }),
    ...(dualStack !== undefined && { dualStack }),
  };
}

function subnet(scope: Construct, subnetId: string, availabilityZone: string): ISubnet {
  const imported = Subnet.fromSubnetAttributes(scope, subnetId, { subnetId, availabilityZone });
  acknowledge(imported, {
    id: '@aws-cdk/aws-ec2:noSubnetRouteTableId',
    reason: 'A function is put into the subnet; nobody adds routes to it here.',
  });
  return imported;
}
