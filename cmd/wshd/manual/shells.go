package manual

import (
	"fmt"
	"strings"
)

// Zsh is a script that zsh completes by: a file _wshd in a folder of fpath, or sourced.
func (m Manual) Zsh() string {
	var b strings.Builder
	synopses := m.synopses()
	b.WriteString("#compdef wshd\n# zsh completion of wshd, made by: wshd completion zsh\n_wshd() {\n  local -a commands flags\n  local command=${words[(r)(")
	names := []string{}
	for _, c := range m.Commands {
		names = append(names, c.Name)
	}
	b.WriteString(strings.Join(names, "|") + ")]}\n  commands=(\n")
	for _, c := range m.Commands {
		fmt.Fprintf(&b, "    %s\n", single(c.Name+":"+synopses[c.Name]))
	}
	b.WriteString("  )\n  flags=(\n" + m.zshFlags(Flags(m.Usage)) + "  )\n  case $command in\n")
	for _, c := range m.Commands {
		if c.Flags != nil {
			fmt.Fprintf(&b, "    %s) flags=(\n%s) ;;\n", c.Name, m.zshFlags(c.Flags))
		}
	}
	b.WriteString("  esac\n  case $command in\n    '') _arguments -S $flags '1:command:{_describe command commands}' ;;\n")
	for _, c := range m.Commands {
		fmt.Fprintf(&b, "    %s) _arguments -S $flags '1:command:' '2:argument:%s' ;;\n", c.Name, zshAction(c.Words, c.Value))
	}
	b.WriteString("  esac\n}\nif [ \"$funcstack[1]\" = \"_wshd\" ]; then _wshd \"$@\"; else compdef _wshd wshd; fi\n")
	return b.String()
}

func zshAction(words []string, value string) string {
	switch {
	case len(words) > 0:
		return "(" + strings.Join(words, " ") + ")"
	case strings.Contains(value, "FILE"):
		return "_files"
	case strings.Contains(value, "DIR"):
		return "_files -/"
	}
	return ""
}

func (m Manual) zshFlags(flags []Flag) string {
	var b strings.Builder
	text := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`)
	for _, f := range flags {
		for _, name := range strings.Fields(dashed(f)) {
			spec := name
			if f.Value != "" && strings.HasPrefix(name, "--") {
				spec += "="
			}
			spec += "[" + text.Replace(f.Text) + "]"
			if f.Value != "" {
				spec += ":" + text.Replace(f.Value) + ":" + zshAction(m.Words[f.Name], f.Value)
			}
			fmt.Fprintf(&b, "    %s\n", single(spec))
		}
	}
	return b.String()
}

// single is text in single quotes, as POSIX shells take it.
func single(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// Fish is a script that fish completes by: ~/.config/fish/completions/wshd.fish.
func (m Manual) Fish() string {
	var b strings.Builder
	synopses := m.synopses()
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	b.WriteString("# fish completion of wshd, made by: wshd completion fish\ncomplete -c wshd -f\n")
	for _, c := range m.Commands {
		fmt.Fprintf(&b, "complete -c wshd -n __fish_use_subcommand -a %s -d %s\n", c.Name, quote(synopses[c.Name]))
		when := quote("__fish_seen_subcommand_from " + c.Name)
		switch {
		case len(c.Words) > 0:
			fmt.Fprintf(&b, "complete -c wshd -n %s -a %s\n", when, quote(strings.Join(c.Words, " ")))
		case strings.Contains(c.Value, "FILE"):
			fmt.Fprintf(&b, "complete -c wshd -n %s -F\n", when)
		case strings.Contains(c.Value, "DIR"):
			fmt.Fprintf(&b, "complete -c wshd -n %s -a '(__fish_complete_directories)'\n", when)
		}
		m.fishFlags(&b, c.Flags, " -n "+when, quote)
	}
	var own []string
	for _, c := range m.Commands {
		if c.Flags != nil {
			own = append(own, c.Name)
		}
	}
	m.fishFlags(&b, Flags(m.Usage), " -n "+quote("not __fish_seen_subcommand_from "+strings.Join(own, " ")), quote)
	return b.String()
}

func (m Manual) fishFlags(b *strings.Builder, flags []Flag, when string, quote func(string) string) {
	for _, f := range flags {
		fmt.Fprintf(b, "complete -c wshd%s -l %s", when, f.Name)
		if f.Short != "" {
			fmt.Fprintf(b, " -s %s", f.Short)
		}
		switch words := m.Words[f.Name]; {
		case len(words) > 0:
			fmt.Fprintf(b, " -x -a %s", quote(strings.Join(words, " ")))
		case strings.Contains(f.Value, "FILE"):
			b.WriteString(" -r -F")
		case strings.Contains(f.Value, "DIR"):
			b.WriteString(" -x -a '(__fish_complete_directories)'")
		case f.Value != "":
			b.WriteString(" -x")
		}
		fmt.Fprintf(b, " -d %s\n", quote(f.Text))
	}
}

// PowerShell is a script that PowerShell completes by: a line of $PROFILE runs it.
func (m Manual) PowerShell() string {
	var b strings.Builder
	synopses := m.synopses()
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	list := func(name string, flags []Flag) {
		fmt.Fprintf(&b, "  $%s = [ordered]@{\n", name)
		for _, f := range flags {
			fmt.Fprintf(&b, "    %s = %s\n", quote("--"+f.Name), quote(f.Text))
		}
		b.WriteString("  }\n")
	}
	b.WriteString("# PowerShell completion of wshd, made by: wshd completion powershell\n" +
		"Register-ArgumentCompleter -Native -CommandName wshd -ScriptBlock {\n  param($word, $ast, $position)\n  $commands = [ordered]@{\n")
	for _, c := range m.Commands {
		fmt.Fprintf(&b, "    %s = %s\n", quote(c.Name), quote(synopses[c.Name]))
	}
	b.WriteString("  }\n")
	list("flags", Flags(m.Usage))
	b.WriteString("  $values = @{\n")
	for _, f := range Flags(m.Usage) {
		if words := m.Words[f.Name]; len(words) > 0 {
			fmt.Fprintf(&b, "    %s = %s\n", quote("--"+f.Name), "@('"+strings.Join(words, "', '")+"')")
		}
	}
	for _, c := range m.Commands {
		if len(c.Words) > 0 {
			fmt.Fprintf(&b, "    %s = %s\n", quote(c.Name), "@('"+strings.Join(c.Words, "', '")+"')")
		}
	}
	b.WriteString("  }\n")
	for _, c := range m.Commands {
		if c.Flags != nil {
			list("own", c.Flags)
			fmt.Fprintf(&b, "  if ($ast.CommandElements.Count -gt 1 -and \"$($ast.CommandElements[1])\" -eq %s) { $flags = $own }\n", quote(c.Name))
		}
	}
	b.WriteString(`  $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" })
  $last = if ($before.Count -gt 0) { $before[-1] } else { '' }
  if ($values.Contains($last)) { $offered = [ordered]@{}; $values[$last] | ForEach-Object { $offered[$_] = $_ } }
  elseif ($word -like '-*') { $offered = $flags }
  elseif ($before.Count -le 1) { $offered = $commands }
  else { return }
  $offered.Keys | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $offered[$_])
  }
}
`)
	return b.String()
}
