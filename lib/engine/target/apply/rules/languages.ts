import type { Rule } from './rule.ts';

/** Procedural languages that the target does not have, and whatever is written in one. */
export const languages: Rule = ({ target }, { capabilities }) => {
  const { verb, objectType, name } = target;
  const language = objectType === 'LANGUAGE' ? name : verb === 'CREATE' ? target.language : undefined;
  return language === undefined || capabilities.languages.has(language)
    ? undefined
    : { reason: `the language ${language} is not available on the target` };
};
