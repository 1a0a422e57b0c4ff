import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { inPascalCase } from '../contract/stack-names.ts';
import type { EnvironmentSettings, ReplicaSettings } from './environment/environment-settings.ts';
import {
  auditProps,
  objectLockProps,
  plainSourceProps,
  retentionProps,
} from './environment/props-of-settings.ts';
import { importSecret } from './import-secret.ts';
import type { ReplicatedSourceProps } from './props/replicated-source-props.ts';
import { Replica } from './replica/replica.ts';

/** An environment that has a replica. */
export interface ReplicatedSettings extends EnvironmentSettings {
  readonly replica: ReplicaSettings;
}

/** What a {@link ReplicaStack} is made from. */
export interface ReplicaStackProps extends StackProps {
  readonly environment: string;
  /** Settings that readEnvironments has checked. */
  readonly settings: ReplicatedSettings;
}

/** The second place of one environment of bin/environments.ts. Its outputs are named as the vault's. */
export class ReplicaStack extends Stack {
  readonly replica: Replica;

  constructor(scope: Construct, id: string, props: ReplicaStackProps) {
    const { environment, settings } = props;
    super(scope, id, {
      description: `Lifeboat: the replica of the vault of ${environment}`,
      terminationProtection: settings.terminationProtection ?? false,
      // With spaces, the template of fifteen sources is larger than CloudFormation takes.
      suppressTemplateIndentation: true,
      ...props,
    });
    const { account, region = '', retention, objectLock, guard, audit, replica, runbook } = settings;
    const isElsewhere = replica.account !== undefined && replica.account !== account;
    // If the vault's account is lost, so are its people.
    const { restorers = isElsewhere ? undefined : settings.restorers } = replica;
    const { holders = isElsewhere ? undefined : settings.holders } = replica;
    const { breakGlass = isElsewhere ? undefined : settings.breakGlass } = replica;
    this.replica = new Replica(this, 'Lifeboat', {
      environment,
      sources: this.#sourcesOf(settings),
      vaultRegion: region,
      ...(isElsewhere && account !== undefined && { vaultAccount: account }),
      ...(replica.drillSchedule !== undefined && {
        drillSchedule: ScheduleExpression.expression(replica.drillSchedule),
      }),
      alertEmails: [...settings.notifications.emails],
      ...(retention && { retention: retentionProps(retention) }),
      ...(objectLock && { objectLock: objectLockProps(objectLock) }),
      ...(guard !== undefined && { guard }),
      ...(audit && { audit: auditProps(audit) }),
      ...(breakGlass && { breakGlassArns: [...breakGlass] }),
      ...(restorers && { restorerArns: [...restorers] }),
      ...(holders && { holderArns: [...holders] }),
      ...(runbook !== undefined && { runbook }),
    });
    this.#describeOutputs();
  }

  /** The sources without the secrets of the vault's region. Those that are encrypted get the replica's own. */
  #sourcesOf({ sources, replica }: ReplicatedSettings): ReplicatedSourceProps[] {
    const { ageIdentitySecretArn: arn, ageIdentitySecretKeyArn: keyArn } = replica;
    const identity = {
      ...(arn !== undefined && { ageIdentitySecret: importSecret(this, 'Identity', arn) }),
      ...(keyArn !== undefined && { ageIdentitySecretKey: Key.fromKeyArn(this, 'IdentityKey', keyArn) }),
    };
    return sources.map((source) => ({
      ...plainSourceProps(source),
      ...(source.ageRecipients && identity),
    }));
  }

  #describeOutputs(): void {
    const {
      vault,
      sources,
      sentinelFunction,
      vaultAlarm,
      alertTopic,
      restoreRole,
      holdRole,
      breakGlassRole,
    } = this.replica;
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('VaultBucket', vault.bucket.bucketName, 'Where the replicas of the backups are');
    for (const { name, drillFunction, criticalAlarm } of sources) {
      if (drillFunction) {
        output(
          `RestoreDrillFunction${inPascalCase(name)}`,
          drillFunction.functionName,
          `Invoke this function to drill the replica of ${name} now`,
        );
      }
      output(
        `PageNowAlarm${inPascalCase(name)}`,
        criticalAlarm.alarmName,
        `Connect your pager to this alarm: when it fires, the replica of ${name} cannot replace its vault`,
      );
    }
    output(
      'SentinelFunction',
      sentinelFunction.functionName,
      'The function that checks the replica every five minutes',
    );
    output('AlertTopic', alertTopic.topicArn, 'Subscribe everyone who should receive alarms');
    output(
      'PageNowAlarm',
      vaultAlarm.alarmName,
      'Connect your pager to this alarm: when it fires, nobody watches the replica',
    );
    output('RestoreRole', restoreRole.roleArn, 'Assume this role, with MFA, to read the replica');
    output('HoldRole', holdRole.roleArn, 'Assume this role, with MFA, to put replicas on hold');
    if (breakGlassRole) {
      output(
        'BreakGlassRole',
        breakGlassRole.roleArn,
        'Assume this role, with MFA, to change what protects the replica',
      );
    }
  }
}
