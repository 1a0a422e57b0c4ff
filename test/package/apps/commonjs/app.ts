import * as cdk from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { PostgresBackup, type SourceProps } from 'pg-lifeboat';
import { type BackupOptions, type BackupResult, backup } from 'pg-lifeboat/engine';

class ShopStack extends cdk.Stack {
  readonly backup: PostgresBackup;

  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const orders: SourceProps = {
      name: 'orders',
      secret: Secret.fromSecretNameV2(this, 'Orders', 'shop/orders'),
    };
    this.backup = new PostgresBackup(this, 'Backup', { environment: 'shop', sources: [orders] });
  }
}

/** The library's types, as the app's compiler reads them. */
export async function backUp(options: BackupOptions): Promise<BackupResult['name']> {
  return (await backup(options)).name;
}

const app = new cdk.App({ outdir: process.env.OUTDIR });
const stack = new ShopStack(app, 'Shop');
if (!(stack.backup instanceof PostgresBackup)) throw new Error('it is of another class');
app.synth();
