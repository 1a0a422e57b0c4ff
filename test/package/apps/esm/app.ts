import { createRequire } from 'node:module';
import { App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import pg from 'pg';
import { PostgresBackup } from 'pg-lifeboat';
import { backup as backUp, drill, list, restore, verify } from 'pg-lifeboat/engine';
import { ResilientPool } from 'pg-lifeboat/pool';

const app = new App({ outdir: process.env.OUTDIR });
const stack = new Stack(app, 'Shop');
const backup = new PostgresBackup(stack, 'Backup', {
  environment: 'shop',
  sources: [{ name: 'orders', secret: Secret.fromSecretNameV2(stack, 'Orders', 'shop/orders') }],
});

// A library that the app uses may be of CommonJS.
const required = createRequire(import.meta.url)('pg-lifeboat') as { PostgresBackup: typeof PostgresBackup };
if (!(backup instanceof required.PostgresBackup)) throw new Error('require gives another class');
for (const call of [backUp, drill, list, restore, verify]) {
  if (typeof call !== 'function') throw new Error('the library lacks a call');
}
process.env.DATABASE_URL = 'postgres://shop@localhost/shop';
const pool = new ResilientPool({ applicationName: 'shop' });
if (!(pool instanceof pg.Pool)) throw new Error('it is no pool of the app');
app.synth();
