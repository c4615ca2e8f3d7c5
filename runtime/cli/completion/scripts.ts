/**
 * Completion scripts. Each calls `millrace __complete -- WORDS…` with the words up to the cursor and gets lines of
 * VALUE<tab>SUMMARY, and a last line ":none", ":files" or ":folders" that says which file names the shell adds.
 */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

export const scripts: Readonly<Record<Shell, string>> = {
  bash: String.raw`# bash completion for millrace
_millrace() {
  local words cur line directive out
  # COMP_WORDS splits at ":" and "="; file:flow and --name=value are one word to us.
  local text="${"$"}{COMP_LINE:0:COMP_POINT}"
  read -r -a words <<< "$text"
  if [[ "$text" == *[[:space:]] ]]; then words+=(""); fi
  cur="${"$"}{words[${"$"}{#words[@]}-1]}"
  out="$(millrace __complete -- "${"$"}{words[@]:1}" 2>/dev/null)" || return
  directive="${"$"}{out##*$'\n'}"
  # What stands before the last ":" or "=" of the word is already on the line.
  local typed="${"$"}{COMP_WORDS[COMP_CWORD]}" prefix=""
  if [[ "$typed" == ":" || "$typed" == "=" ]]; then typed=""; fi
  prefix="${"$"}{cur%"$typed"}"
  COMPREPLY=()
  while IFS= read -r line; do
    [[ "$line" == :none || "$line" == :files || "$line" == :folders || -z "$line" ]] && continue
    line="${"$"}{line%%$'\t'*}"
    COMPREPLY+=("${"$"}{line#"$prefix"}")
  done <<< "$out"
  case "$directive" in
    :files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$typed") ;;
    :folders) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$typed") ;;
  esac
}
complete -F _millrace millrace
`,
  zsh: String.raw`#compdef millrace
_millrace() {
  local out directive line value
  local -a lines shown
  out="$(millrace __complete -- "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null)" || return 1
  lines=("${"$"}{(@f)out}")
  directive="${"$"}{lines[-1]}"
  for line in "${"$"}{(@)lines[1,-2]}"; do
    value="${"$"}{line%%$'\t'*}"
    [[ -z "$value" ]] && continue
    if [[ "$line" == *$'\t'* ]]; then shown+=("${"$"}{value//:/\\:}:${"$"}{line#*$'\t'}"); else shown+=("${"$"}{value//:/\\:}"); fi
  done
  (( ${"$"}{#shown} )) && _describe -t values millrace shown
  case "$directive" in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ "$funcstack[1]" == "_millrace" ]]; then _millrace "$@"; else compdef _millrace millrace; fi
`,
  fish: `# fish completion for millrace
function __millrace_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l lines (millrace __complete -- $words[2..-1] 2>/dev/null)
  or return
  set -l directive $lines[-1]
  for line in $lines[1..-2]
    echo $line
  end
  switch $directive
    case :files
      __fish_complete_path (commandline -ct)
    case :folders
      __fish_complete_directories (commandline -ct)
  end
end
complete -c millrace -f -a '(__millrace_complete)'
`,
  powershell: `# PowerShell completion for millrace
Register-ArgumentCompleter -Native -CommandName millrace -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  # An empty last argument is lost on the way to a native command: the option says that it is there.
  $open = @()
  if ($wordToComplete -eq '') { $open = @('--open') }
  $lines = @(millrace __complete @open -- @words 2>$null)
  if ($lines.Count -eq 0) { return }
  $directive = $lines[-1]
  foreach ($line in $lines[0..($lines.Count - 2)]) {
    if ($lines.Count -lt 2 -or $line -eq '') { continue }
    $value, $summary = $line -split "\`t", 2
    if (-not $summary) { $summary = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $summary)
  }
  if ($directive -eq ':files' -or $directive -eq ':folders') {
    [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
  }
}
`,
};
