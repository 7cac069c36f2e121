package manual

import (
	"fmt"
	"strings"
)

// Bash is a script that bash completes by: source it, or put it where bash-completion looks.
func (m Manual) Bash() string {
	var names, arguments, own []string
	for _, c := range m.Commands {
		names = append(names, c.Name)
		if what := bashChoice(c.Words, c.Value); what != "" {
			arguments = append(arguments, fmt.Sprintf("    %s) %s ;;", c.Name, what))
		}
		if c.Flags != nil {
			own = append(own, fmt.Sprintf("    %s) flags=%q valued=%q ;;", c.Name, bashFlags(c.Flags), bashValued(c.Flags)))
		}
	}
	var values []string // of flags, for each command that has its own
	for _, c := range m.Commands {
		if c.Flags != nil {
			values = append(values, fmt.Sprintf("    %s)\n%s ;;", c.Name, m.bashValues(c.Flags)))
		}
	}
	all := Flags(m.Usage)
	values = append(values, fmt.Sprintf("    *)\n%s ;;", m.bashValues(all)))
	return fmt.Sprintf(bashScript, bashFlags(all), bashValued(all), strings.Join(own, "\n"), strings.Join(values, "\n"),
		strings.Join(names, " "), strings.Join(arguments, "\n"))
}

const bashScript = `# bash completion of wshd, made by: wshd completion bash
_wshd() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="" command="" i word
  local flags=%[1]q
  local valued=%[2]q
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in
      =) ((i++)) ;;
      -*) [[ " $valued " == *" $word "* && "${COMP_WORDS[i+1]}" != "=" ]] && ((i++)) ;;
      *) command="$word"; break ;;
    esac
  done
  case "$command" in
%[3]s
  esac
  prev="${COMP_WORDS[COMP_CWORD-1]}"
  if [[ "$cur" == "=" ]]; then
    cur=""
  elif [[ "$prev" == "=" ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  case "$command" in
%[4]s
  esac
  if [[ " $valued " == *" $prev "* ]]; then
    return
  fi
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  case "$command" in
    "") COMPREPLY=($(compgen -W %[5]q -- "$cur")) ;;
%[6]s
  esac
}
complete -F _wshd wshd
`

// bashChoice sets COMPREPLY to words, files or folders.
func bashChoice(words []string, value string) string {
	switch {
	case len(words) > 0:
		return fmt.Sprintf("COMPREPLY=($(compgen -W %q -- \"$cur\"))", strings.Join(words, " "))
	case strings.Contains(value, "FILE"):
		return `compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))`
	case strings.Contains(value, "DIR"):
		return `compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))`
	}
	return ""
}

func dashed(f Flag) string {
	if f.Short == "" {
		return "--" + f.Name
	}
	return "-" + f.Short + " --" + f.Name
}

func bashFlags(flags []Flag) string {
	var list []string
	for _, f := range flags {
		list = append(list, "--"+f.Name)
	}
	return strings.Join(list, " ")
}

func bashValued(flags []Flag) string {
	var list []string
	for _, f := range flags {
		if f.Value != "" {
			list = append(list, dashed(f))
		}
	}
	return strings.Join(list, " ")
}

// bashValues completes the values of flags.
func (m Manual) bashValues(flags []Flag) string {
	cases := []string{`      case "$prev" in`}
	for _, f := range flags {
		if what := bashChoice(m.Words[f.Name], f.Value); what != "" {
			cases = append(cases, fmt.Sprintf("        %s) %s; return ;;", strings.ReplaceAll(dashed(f), " ", "|"), what))
		}
	}
	return strings.Join(append(cases, "      esac"), "\n")
}
