import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from '@microsoft/api-extractor';

/** What the package exports, by the module of the sources that does. */
export const ENTRIES = [
  { name: 'construct', source: 'lib/infra/index' },
  { name: 'engine', source: 'lib/api/index' },
  { name: 'pool', source: 'lib/pool/index' },
];

/** An import of a module beside it, as the sources write it. */
const RELATIVE_IMPORT = /((?:from|import\()\s*['"]\.[^'"]*)\.ts(?=['"])/g;

/**
 * Writes `index.d.ts` for each entry: one file with everything that it exports and what those refer to, so no
 * compiler sees our folders.
 */
export function writeDeclarations(root: string, dist: string): void {
  withDeclarations(root, dist, (work) => {
    for (const { name, source } of ENTRIES) {
      extract(root, join(work, `${source}.d.ts`), {
        dtsRollup: { enabled: true, untrimmedFilePath: join(dist, name, 'index.d.ts') },
        docModel: { enabled: false },
      });
    }
  });
}

/** Writes a page for everything that the package exports, below `directory`, as Markdown. */
export function writeApiPages(root: string, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  withDeclarations(root, directory, (work) => {
    for (const { name, source } of ENTRIES) {
      extract(root, join(work, `${source}.d.ts`), {
        dtsRollup: { enabled: false },
        docModel: { enabled: true, apiJsonFilePath: join(work, name, 'model.api.json') },
      });
      const documenter = join(root, 'node_modules/@microsoft/api-documenter/bin/api-documenter');
      const folders = ['--input-folder', join(work, name), '--output-folder', join(directory, name)];
      execFileSync(process.execPath, [documenter, 'markdown', ...folders], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  });
}

/** Compiles into a folder below `parent`, which must be in the checkout: there the declarations find aws-cdk-lib. */
function withDeclarations(root: string, parent: string, use: (work: string) => void): void {
  const work = mkdtempSync(join(parent, 'types-'));
  try {
    compile(root, work);
    use(work);
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
    const text = readFileSync(file, 'utf8').replace(RELATIVE_IMPORT, '$1.js');
    // CDK writes @default, and api-documenter knows only TSDoc's word for it.
    writeFileSync(file, text.replaceAll(/@default\b/g, '@defaultValue'));
  }
}

/** Lets api-extractor read an entry's declarations, and write what `output` says. */
function extract(root: string, entry: string, output: Pick<IConfigFile, 'dtsRollup' | 'docModel'>): void {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            ...{ target: 'es2024', lib: ['esnext'], module: 'nodenext', moduleResolution: 'nodenext' },
            ...{ strict: true, exactOptionalPropertyTypes: true, types: ['node'], skipLibCheck: true },
          },
          files: [entry],
        },
      },
      ...output,
      apiReport: { enabled: false },
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
  if (!succeeded) throw new Error(`${entry} has ${errorCount} errors`);
}
