/** Reads shell as far as documentation uses it, to find the commands in it. Nothing is run or expanded. */
class ShellReader {
  readonly commands: string[][] = [];
  readonly #text: string;
  #at = 0;
  #words: string[] = [];
  #word: string | undefined;
  /** After `>` or `<`: the next word is a file. */
  #awaitsFile = false;
  #hereDocuments: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end, or to the bracket or backtick that closes a substitution. */
  read(from = 0, closing = ''): number {
    this.#at = from;
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === closing && closing !== '') break;
      this.#take(character);
    }
    this.#endCommand();
    return this.#at;
  }

  #take(character: string): void {
    const rest = this.#text.slice(this.#at);
    const placeholder = /^<[a-zA-Z][^<>\n]*>/.exec(rest)?.[0];
    const hereDocument = /^<<-?\s*(['"]?)(\w+)\1/.exec(rest);
    if (rest.startsWith('\\\n')) this.#skip(2);
    else if (character === '\\') this.#append(rest.charAt(1), 2);
    else if (character === "'") this.#takeQuoted(rest.slice(1).split("'", 1)[0] ?? '');
    else if (character === '"') this.#takeDoubleQuoted();
    else if (rest.startsWith('$(') || character === '`') this.#takeSubstitution();
    else if (placeholder !== undefined) this.#append(placeholder, placeholder.length);
    else if (hereDocument) this.#takeHereDocument(hereDocument[0].length, hereDocument[2] ?? '');
    else if (character === '#' && this.#word === undefined) this.#skip(rest.split('\n', 1)[0]?.length ?? 1);
    else if (/[<>]/.test(character)) this.#takeRedirection(rest);
    else if (/[|&;(){}\n]/.test(character) && !/^[{}]\S/.test(rest)) this.#takeOperator(character);
    else if (/\s/.test(character)) this.#endWord(1);
    else this.#append(character, 1);
  }

  #takeQuoted(text: string): void {
    this.#append(text, text.length + 2);
  }

  #takeDoubleQuoted(): void {
    this.#append('', 1);
    for (;;) {
      const rest = this.#text.slice(this.#at);
      if (rest === '' || rest.startsWith('"')) break;
      if (rest.startsWith('\\')) this.#append(rest.charAt(1), 2);
      else if (rest.startsWith('$(')) this.#takeSubstitution();
      else this.#append(rest.charAt(0), 1);
    }
    this.#skip(1);
  }

  /** Its commands are commands as well; what they print is unknown. */
  #takeSubstitution(): void {
    const [opening, closing] = this.#text.startsWith('$(', this.#at) ? ['$(', ')'] : ['`', '`'];
    const inner = new ShellReader(this.#text);
    const end = inner.read(this.#at + opening.length, closing);
    this.commands.push(...inner.commands);
    this.#append('$(…)', end + 1 - this.#at);
  }

  #takeHereDocument(length: number, delimiter: string): void {
    this.#endWord(length);
    this.#hereDocuments.push(delimiter);
  }

  #takeRedirection(rest: string): void {
    if (/^\d$/.test(this.#word ?? '')) this.#word = undefined;
    this.#endWord(/^(>>|>&|<&|[<>])/.exec(rest)?.[0].length ?? 1);
    this.#awaitsFile = true;
  }

  #takeOperator(character: string): void {
    this.#endCommand();
    this.#skip(1);
    if (character !== '\n') return;
    for (const delimiter of this.#hereDocuments.splice(0)) {
      const end = this.#text.indexOf(`\n${delimiter}\n`, this.#at - 1);
      this.#at = end < 0 ? this.#text.length : end + delimiter.length + 2;
    }
  }

  #append(text: string, length: number): void {
    this.#word = (this.#word ?? '') + text;
    this.#skip(length);
  }

  #endWord(length: number): void {
    if (this.#word !== undefined) {
      if (!this.#awaitsFile) this.#words.push(this.#word);
      this.#awaitsFile = false;
      this.#word = undefined;
    }
    this.#skip(length);
  }

  #endCommand(): void {
    this.#endWord(0);
    if (this.#words.length > 0) this.commands.push(this.#words);
    this.#words = [];
  }

  #skip(length: number): void {
    this.#at += length;
  }
}

/** What may stand before a command's own name: assignments, `export`, reserved words, a prompt. */
const BEFORE_NAME = /^(\w+=.*|export|eval|exec|sudo|time|if|then|else|while|until|do|!|\$)$/s;

/** The simple commands of a script, those inside `$(…)` too: each its name and arguments, quotes taken off. */
export function shellCommands(script: string): string[][] {
  const reader = new ShellReader(script);
  reader.read();
  return reader.commands.flatMap((words) => {
    const name = words.findIndex((word) => !BEFORE_NAME.test(word));
    return name < 0 ? [] : [words.slice(name)];
  });
}
