import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../bin/environments.ts';
import type { EnvironmentSettings } from '../../../lib/infra/environment/environment-settings.ts';
import { LifeboatStack } from '../../../lib/infra/lifeboat-stack.ts';
import { makeStacks } from '../../../lib/infra/make-stacks.ts';
import { flatTemplate } from './flat-template.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string[];
}

/**
 * An app that does not bundle, for template tests look at resources only, and in which a template that CloudFormation
 * would find fault with is an error.
 */
export function appWithoutBundles(context: object = {}): App {
  return new App({
    outdir: mkdtempSync(join(outputs, 'app-')),
    context: {
      ...context,
      'aws:cdk:bundling-stacks': [],
      '@aws-cdk/core:validateAgainstDefaultRules': true,
    },
  });
}

/** By itself CDK leaves a directory for each app behind. */
const outputs = mkdtempSync(join(tmpdir(), 'lifeboat-infra-'));
process.once('exit', () => rmSync(outputs, { recursive: true, force: true }));

export function stackOf(settings: EnvironmentSettings, environment = 'production'): LifeboatStack {
  return new LifeboatStack(appWithoutBundles(), `lifeboat-${environment}`, { environment, settings });
}

/** Both stacks of an environment with a replica, as bin/app.ts makes them. */
export function replicated(
  settings: EnvironmentSettings,
  environment = 'production',
): { readonly vault: Template; readonly replica: Template } {
  const { vault, replica } = makeStacks(appWithoutBundles(), environment, settings);
  if (!replica) throw new Error(`${environment} has no replica`);
  return { vault: flatTemplate(vault), replica: flatTemplate(replica) };
}

const templates = new Map<string, Template>();

/** The template of an environment of bin/environments.ts, with some settings replaced. Made once for each. */
export function templateOf(environment: string, settings: Partial<EnvironmentSettings> = {}): Template {
  const example = environments[environment];
  if (!example) throw new Error(`bin/environments.ts has no ${environment}`);
  return templateFrom({ ...example, ...settings }, environment);
}

/** The template of an environment that is nobody's example. Made once for each. */
export function templateFrom(settings: EnvironmentSettings, environment: string): Template {
  const key = JSON.stringify([environment, settings]);
  const made = templates.get(key) ?? flatTemplate(stackOf(settings, environment));
  templates.set(key, made);
  return made;
}

/** The resources of a type by logical id. Throws when there is none, so that no test passes on nothing. */
export function resources(template: Template, type: string): Array<[logicalId: string, resource: Resource]> {
  const found = Object.entries(template.findResources(type)) as Array<[string, Resource]>;
  if (found.length === 0) throw new Error(`the template has no ${type}`);
  return found;
}

/** The only resource of a type whose logical id matches. */
export function resource(template: Template, type: string, logicalId: RegExp): [string, Resource] {
  const [found, ...others] = resources(template, type).filter(([id]) => logicalId.test(id));
  if (!found || others.length > 0)
    throw new Error(`${others.length + (found ? 1 : 0)} ${type} match ${logicalId}`);
  return found;
}
