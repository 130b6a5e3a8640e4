/** The scripts that have a shell ask `pullring __complete` while a command is typed. */

/** Each shell with its script. None needs anything but the shell itself. */
export const SHELL_SCRIPTS = {
  bash: `# completion of pullring for bash: source <(pullring completion bash)
_pullring() {
  local line directive=4
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(pullring __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if ((directive == 0)); then
    compopt -o default 2>/dev/null
  fi
}
complete -F _pullring pullring
`,
  zsh: `#compdef pullring
# completion of pullring for zsh: source <(pullring completion zsh), or put it into a directory of fpath as _pullring
_pullring() {
  local line directive=4
  local -a candidates
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *$'\\t'*) candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) candidates+=("\${line//:/\\\\:}") ;;
    esac
  done < <(pullring __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if ((directive == 0)); then
    _files
  else
    _describe pullring candidates
  fi
}
if [[ \${funcstack[1]} == _pullring ]]; then
  _pullring "$@"
else
  compdef _pullring pullring
fi
`,
  fish: `# completion of pullring for fish: pullring completion fish | source
function __pullring_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (pullring __complete $words[2..] 2>/dev/null)
  if test "$lines[-1]" = ":0"
    __fish_complete_path (commandline -ct)
  else
    string match --invert ":*" -- $lines
  end
end
complete -c pullring -f -a "(__pullring_complete)"
`,
} as const;

/** The shells that there is a script for. */
export const SHELLS = Object.keys(SHELL_SCRIPTS) as (keyof typeof SHELL_SCRIPTS)[];
