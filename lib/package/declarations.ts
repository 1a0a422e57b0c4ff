import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/** What the package exports, by the module of the sources that does. */
export const ENTRIES = [
  { name: 'construct', source: 'lib/infra/index' },
  { name: 'engine', source: 'lib/api/index' },
];

/** An import of a module beside it, as the sources write it. */
const RELATIVE_IMPORT = /((?:from|import\()\s*['"]\.[^'"]*)\.ts(?=['"])/g;

/**
 * Writes `index.d.ts` for each entry: one file with everything that it exports and what those refer to, so no
 * compiler sees our folders. `docs/api/<name>.api.md` shows the same for reviews.
 */
export function writeDeclarations(root: string, dist: string): void {
  // In the checkout, where the declarations find aws-cdk-lib.
  const work = mkdtempSync(join(dist, 'types-'));
  try {
    compile(root, work);
    for (const { name, source } of ENTRIES) {
      rollUp(root, work, { source, file: join(dist, name, 'index.d.ts') });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Lets the compiler write the declarations of every module below `work`. */
function compile(root: string, work: string): void {
  const project = join(work, 'tsconfig.json');
  const options = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
      ...{ outDir: work, rootDir: root, typeRoots: [join(root, 'node_modules/@types')] },
    },
    include: [],
    files: ENTRIES.map(({ source }) => join(root, `${source}.ts`)),
  };
  writeFileSync(project, JSON.stringify(options));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const path of readdirSync(work, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue;
    const file = join(work, path);
    writeFileSync(file, readFileSync(file, 'utf8').replace(RELATIVE_IMPORT, '$1.js'));
  }
}

function rollUp(root: string, work: string, { source, file }: { source: string; file: string }): void {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(work, `${source}.d.ts`),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            ...{ target: 'es2024', lib: ['esnext'], module: 'nodenext', moduleResolution: 'nodenext' },
            ...{ strict: true, exactOptionalPropertyTypes: true, types: ['node'], skipLibCheck: true },
          },
          files: [join(work, `${source}.d.ts`)],
        },
      },
      dtsRollup: { enabled: true, untrimmedFilePath: file },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const { succeeded, errorCount } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Error) return;
      message.handled = true;
    },
  });
  if (!succeeded) throw new Error(`the declarations of ${source} have ${errorCount} errors`);
}
