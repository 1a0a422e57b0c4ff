const { App, Stack } = require('aws-cdk-lib');
const { Secret } = require('aws-cdk-lib/aws-secretsmanager');
const { PostgresBackup } = require('pg-lifeboat');
const { LifeboatError } = require('pg-lifeboat/engine');

if (typeof LifeboatError !== 'function') throw new Error('the library cannot be required');
const app = new App({ outdir: process.env.OUTDIR });
const stack = new Stack(app, 'Shop');
new PostgresBackup(stack, 'Backup', {
  environment: 'shop',
  sources: [{ name: 'orders', secret: Secret.fromSecretNameV2(stack, 'Orders', 'shop/orders') }],
});
app.synth();
