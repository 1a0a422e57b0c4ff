// Fetches a bundle from S3, checks its hash and unpacks it. The stack passes this text to `node --eval`, so that a task
// needs no image of its own; it must work with nothing but Node. The arguments are the object's URL, its SHA-256 and
// the folder. The bundle is one JSON object of paths and base64 contents (lib/infra/task/task-bundle.ts).
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [object, expected, folder] = process.argv.slice(1);
const { env } = process;
const sha256 = (content) => createHash('sha256').update(content).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// Amazon ECS Developer Guide, "Task IAM role": the agent serves the credentials of the task's role.
async function readCredentials() {
  if (env.AWS_ACCESS_KEY_ID) {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
    return {
      AccessKeyId: AWS_ACCESS_KEY_ID,
      SecretAccessKey: AWS_SECRET_ACCESS_KEY,
      Token: AWS_SESSION_TOKEN,
    };
  }
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } = env;
  const answer = await fetch(url ?? `http://169.254.170.2${path}`);
  if (!answer.ok) throw new Error(`the credentials of the task were refused: ${answer.status}`);
  return await answer.json();
}

// AWS Signature Version 4 (IAM User Guide, "Create a signed AWS API request") of a GET.
async function get(url) {
  const { AccessKeyId, SecretAccessKey, Token } = await readCredentials();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${env.AWS_REGION}/s3/aws4_request`;
  const headers = {
    host: url.host,
    'x-amz-content-sha256': sha256(''),
    'x-amz-date': time,
    ...(Token && { 'x-amz-security-token': Token }),
  };
  const signed = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const request = ['GET', url.pathname, '', lines.join(''), signed, headers['x-amz-content-sha256']];
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request.join('\n'))].join('\n');
  const key = scope.split('/').reduce(hmac, `AWS4${SecretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  const answer = await fetch(url, { headers: { ...headers, authorization } });
  const content = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`S3 answered ${answer.status}: ${content.toString().slice(0, 500)}`);
  return content;
}

async function getWithRetries(url) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await get(url);
    } catch (error) {
      const why = error.cause?.message ?? error.message;
      console.error(`Lifeboat: the bundle could not be fetched from ${url}: ${why}`);
      if (attempt === 5) process.exit(70);
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
    }
  }
}

const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
const { pathname } = new URL(object);
const bundle = await getWithRetries(endpoint ? new URL(pathname, endpoint) : new URL(object));
if (sha256(bundle) !== expected) {
  console.error(`Lifeboat: the bundle is not the one that was deployed: its SHA-256 is ${sha256(bundle)}`);
  process.exit(71);
}
for (const [path, content] of Object.entries(JSON.parse(bundle))) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(content, 'base64'));
}
