import { codeBlocks, codeSpans } from './markdown.ts';
import { shellCommands } from './shell-commands.ts';

/** Blocks that hold something else than commands and their output. */
const OTHER_LANGUAGES = new Set(['json', 'ini', 'ts', 'sql', 'markdown', 'yaml']);

/** The arguments of every `lifeboat …` that a page shows, in blocks and in running text. */
export function lifeboatCommands(page: string): string[][] {
  const scripts = codeBlocks(page)
    .filter(({ language }) => !OTHER_LANGUAGES.has(language))
    .flatMap(({ language, text }) => (language === '' ? linesOf(text) : [text]));
  return [...scripts, ...codeSpans(page)].flatMap(shellCommands).flatMap((words) => {
    const [name, ...args] = words[0] === 'npx' ? words.slice(1) : words;
    return name !== 'lifeboat' || isSynopsis(args) ? [] : [args.map(withoutBrackets)];
  });
}

/** What a terminal shows is prose too: an apostrophe in one line must not quote the next. */
function linesOf(transcript: string): string[] {
  return transcript.replaceAll('\\\n', ' ').split('\n');
}

/** `lifeboat`, `lifeboat …`, `lifeboat <command>`: no command in particular. */
function isSynopsis([first]: readonly string[]): boolean {
  return first === undefined || first === '…' || first.startsWith('<');
}

/** `[backup]`: an argument that may be left out. */
function withoutBrackets(argument: string): string {
  return argument.replace(/^\[(.*)\]$/, '$1');
}
