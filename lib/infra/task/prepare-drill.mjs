// Lets the server write to its volume, and makes its password. The arguments are the volume and the password's file. A
// volume of Fargate belongs to root, and the server runs as the user of its image. Only this task has the volumes, so
// that everybody in it may read the password.
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';

const [data, passwordFile] = process.argv.slice(1);
chmodSync(data, 0o1777);
writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o444, flag: 'wx' });
