export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * Each script asks `lifeboat completion <shell> -- <words up to the cursor>` and shows the answer: a candidate on each
 * line, with a tab before its description, and a last line that says whether names of files fit too. No script
 * evaluates what stands on the command line: a word there may be `$(rm -rf ~)`.
 */

/** For bash 3.2, which macOS has, and later ones; needs no bash-completion. */
const BASH = `# bash completion for lifeboat: put \`eval "$(lifeboat completion bash)"\` into ~/.bashrc
_lifeboat() {
  local line=\${COMP_LINE:0:COMP_POINT} answer value kind='' current before
  local -a words
  COMPREPLY=()
  read -ra words <<<"$line"
  case $line in *[[:space:]]) words+=('') ;; esac
  current=\${words[\${#words[@]}-1]}
  answer=$("$1" completion bash -- "\${words[@]:1}" 2>/dev/null </dev/null) || return 0
  while IFS= read -r value; do
    case $value in
      :*) kind=$value ;;
      ?*) COMPREPLY+=("\${value%%$'\\t'*}") ;;
    esac
  done <<<"$answer"
  if [ "$kind" = :files ]; then
    compopt -o filenames 2>/dev/null
    before=
    case $current in --*=*) before=\${current%%=*}= ;; esac
    while IFS= read -r value; do
      [ -z "$value" ] || COMPREPLY+=("$before$value")
    done <<<"$(compgen -f -- "\${current#"$before"}")"
  fi
  # bash replaces only what follows the last of these.
  case $COMP_WORDBREAKS in
    *[:=]*)
      before=\${current%"\${current##*[:=]}"}
      [ \${#COMPREPLY[@]} -eq 0 ] || COMPREPLY=("\${COMPREPLY[@]#"$before"}")
      ;;
  esac
}
complete -F _lifeboat lifeboat
`;

const ZSH = `#compdef lifeboat
# zsh completion for lifeboat: put \`source <(lifeboat completion zsh)\` after compinit into ~/.zshrc, or this text into a
# file _lifeboat of a directory in fpath.
_lifeboat() {
  local answer line kind
  local -a values
  answer=$("$words[1]" completion zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null) || return 1
  for line in "\${(@f)answer}"; do
    case $line in
      :*) kind=$line ;;
      ?*) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#values )) && _describe lifeboat values
  if [[ $kind == :files ]]; then
    compset -P '*='
    _files
  fi
}
if [[ $funcstack[1] == _lifeboat ]]; then
  _lifeboat "$@"
else
  compdef _lifeboat lifeboat
fi
`;

const FISH = `# fish completion for lifeboat: lifeboat completion fish > ~/.config/fish/completions/lifeboat.fish
function __lifeboat_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] completion fish -- $words[2..-1] "$current" 2>/dev/null </dev/null)
    string match -v -r '^:' -- $answer
    if test "$answer[-1]" = ':files'
        set -l before (string match -r -- '^--[^=]*=' "$current")
        set -l path (string replace -r -- '^--[^=]*=' '' "$current")
        for name in (__fish_complete_path "$path")
            echo "$before$name"
        end
    end
end
complete -c lifeboat -f -a '(__lifeboat_candidates)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
