import { typescriptString } from '../quote.ts';
import type { WrittenFile } from '../written-file.ts';
import { appReadme } from './app-readme.ts';
import type { AppValues } from './app-values.ts';

/** Exact versions of what the app installs. */
export interface AppVersions {
  readonly lifeboat: string;
  /** The versions of Node.js that Lifeboat takes, as npm writes them. */
  readonly node: string;
  readonly awsCdkLib: string;
  readonly constructs: string;
  readonly awsCdk: string;
  readonly typescript: string;
  readonly typesNode: string;
}

/** A CDK app of the user's own, which `npm install` and `npx cdk deploy` deploy. */
export function appFiles(values: AppValues, versions: AppVersions): WrittenFile[] {
  return [
    { path: 'package.json', text: json(packageJson(versions)) },
    { path: 'cdk.json', text: json(CDK_JSON) },
    { path: 'tsconfig.json', text: json(TSCONFIG) },
    { path: '.gitignore', text: 'node_modules/\ncdk.out/\n' },
    { path: 'bin/app.ts', text: APP },
    { path: 'environments.ts', text: environments(values) },
    { path: 'README.md', text: appReadme(values) },
  ];
}

function packageJson({ lifeboat, node, awsCdkLib, constructs, awsCdk, typescript, typesNode }: AppVersions) {
  return {
    name: 'database-backups',
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node },
    scripts: { check: 'tsc', synth: 'cdk synth --quiet', diff: 'cdk diff', deploy: 'cdk deploy' },
    dependencies: { 'aws-cdk-lib': awsCdkLib, constructs, 'pg-lifeboat': lifeboat },
    devDependencies: { '@types/node': typesNode, 'aws-cdk': awsCdk, typescript },
  };
}

const CDK_JSON = { app: 'node bin/app.ts', versionReporting: false };

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['bin', '*.ts'],
};

const APP = `import { App } from 'aws-cdk-lib';
import { addStacks, InvalidEnvironmentsError } from 'pg-lifeboat';
import { environments } from '../environments.ts';

const app = new App();
try {
  addStacks(app, environments);
} catch (error) {
  if (!(error instanceof InvalidEnvironmentsError)) throw error;
  console.error(error.message);
  process.exit(1);
}
`;

function environments({ environment, source, secret, region, account, emails }: AppValues): string {
  const place = secret.startsWith('arn:') ? 'secretArn' : 'secretName';
  return `import type { Environments } from 'pg-lifeboat';

/**
 * Each environment becomes one stack. Keep passwords out of here: they are in AWS Secrets Manager.
 * A wrong setting is named, with its path, by \`npx cdk synth\`.
 */
export const environments: Environments = {
  ${key(environment)}: {
${account === undefined ? '' : `    account: ${typescriptString(account)},\n`}    region: ${typescriptString(region)},
    sources: [
      {
        name: ${typescriptString(source)},
        ${place}: ${typescriptString(secret)},
        // A backup every night and a drill every Sunday, in UTC:
        // schedule: 'cron(0 2 * * ? *)',
        // drillSchedule: 'cron(0 5 ? * SUN *)',
        // The health of the database, every five minutes. Leave it out for a host that suspends idle databases (Neon).
        health: {},
        // If only its own network can reach the database (RDS, for example):
        // vpc: {
        //   vpcId: 'vpc-0123456789abcdef0',
        //   availabilityZones: ['eu-central-1a', 'eu-central-1b'],
        //   subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        // },
      },
    ],
    notifications: { emails: [${emails.map(typescriptString).join(', ')}] },
  },
};
`;
}

/** A key of an object, with quotes where it needs them. */
function key(name: string): string {
  return /^\w+$/.test(name) ? name : typescriptString(name);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
