import type { AppValues } from './app-values.ts';

const DOCS = 'https://www.npmjs.com/package/pg-lifeboat';

/** The next steps. The values in it have been checked: a shell and Markdown take them as they are. */
export function appReadme({ environment, source, secret, region }: AppValues): string {
  const create = secret.startsWith('arn:')
    ? `The secret is there already, says \`environments.ts\`: \`${secret}\`. It holds a \`postgres://\` URL, or the JSON that RDS keeps.`
    : `The connection is a secret, never a file of this app. The command reads it from standard input:

   \`\`\`sh
   aws secretsmanager create-secret --region ${region} --name ${secret} --secret-string file:///dev/stdin
   \`\`\`

   Type the \`postgres://\` URL, then press Ctrl-D twice.`;
  return `# Backups of ${source}

A CDK app made by \`lifeboat init\`. It deploys nightly backups of the database ${source}, weekly drills that prove them, and alarms
into the AWS region ${region}. The file to edit is \`environments.ts\`.

## Next steps

1. ${create}

2. Install, and see what will be created. You need credentials of the account, and once per account and region \`npx cdk bootstrap\`.

   \`\`\`sh
   npm install
   npx cdk diff
   \`\`\`

3. Deploy. The outputs name the bucket with the backups, the functions and the topic.

   \`\`\`sh
   npx cdk deploy
   \`\`\`

4. Confirm the e-mail that AWS sends to each address; until then no alarm reaches it. Then try an alarm:

   \`\`\`sh
   export AWS_REGION=${region}
   npx lifeboat alert test --environment ${environment} --name ${source}
   \`\`\`

5. The first backup comes at 02:00 UTC. If none arrives, an alarm fires 25 hours after the deployment.

More: ${DOCS}
`;
}
