import type { Rule } from './rule.ts';

/** Leaves out procedural languages that the target does not have, and routines in these languages. */
export const languages: Rule = ({ target }, { capabilities }) => {
  const { verb, objectType, name } = target;
  const language = objectType === 'LANGUAGE' ? name : verb === 'CREATE' ? target.language : undefined;
  return language === undefined || capabilities.languages.has(language)
    ? undefined
    : { reason: `the language ${language} is not available on the target` };
};
