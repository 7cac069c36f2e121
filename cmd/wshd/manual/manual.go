// Package manual makes of the texts that help prints what shells complete by, and a man page.
package manual

import (
	"regexp"
	"strings"
)

// Manual is all that there is to tell.
type Manual struct {
	Usage    string // of the program: what it is, commands, examples, flags under headings
	Commands []Command
	Words    map[string][]string // what the value of a flag may be, by its name without dashes
}

// Command is one of the program's commands.
type Command struct {
	Name  string
	Usage string   // its own text
	Flags []Flag   // its own; nil: it has the program's
	Words []string // its first argument, if that is one of a few
	Value string   // else what that is: FILE, DIR; "": nothing that could be completed
}

// Flag is one flag.
type Flag struct {
	Name, Short string // without dashes; Short may be ""
	Value       string // what stands for its value: FILE, DIR, N; "": it takes none
	Text        string
}

var flagLine = regexp.MustCompile(`^ {2,6}(?:-(\w), )?--([a-z0-9-]+)(\[?=\S+| \S+)?(?: {1,}(.*))?$`)

var pairLine = regexp.MustCompile(`^ {6}--([a-z0-9-]+), --([a-z0-9-]+) (\S+)$`)

// Flags finds the flags in the usage text. A text that does not fit beside its flag stands below it.
func Flags(usage string) (list []Flag) {
	for line := range strings.SplitSeq(usage, "\n") {
		m := flagLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			f := Flag{Short: m[1], Name: m[2], Value: strings.Trim(m[3], " [=]"), Text: m[4]}
			switch {
			case f.Value == "false": // --compression-enabled=false
				f.Value = ""
			case f.Value != "" && f.Value == strings.ToLower(f.Value) && !strings.HasPrefix(m[3], "["): // a word of the text
				f.Value, f.Text = "", strings.TrimSpace(f.Value+" "+f.Text)
			}
			list = append(list, f)
		case pairLine.MatchString(line): // two flags of one kind
			m := pairLine.FindStringSubmatch(line)
			list = append(list, Flag{Name: m[1], Value: m[3]}, Flag{Name: m[2], Value: m[3]})
		case len(list) > 0 && strings.HasPrefix(line, "         ") && strings.TrimSpace(line) != "":
			f := &list[len(list)-1]
			f.Text = strings.TrimSpace(f.Text + " " + strings.TrimSpace(line))
		}
	}
	for i := len(list) - 2; i >= 0; i-- { // the text of a pair stands below it
		if list[i].Text == "" && list[i].Short == "" && list[i].Value == list[i+1].Value {
			list[i].Text = list[i+1].Text
		}
	}
	return list
}

// synopses are what the usage text says of each command.
func (m Manual) synopses() map[string]string {
	found := map[string]string{}
	line := regexp.MustCompile(`(?m)^  wshd ([a-z-]+)\b[^\n]*?(?:  +|\n {20,})([a-z][^\n]*)`)
	for _, s := range line.FindAllStringSubmatch(m.Usage, -1) {
		if found[s[1]] == "" {
			found[s[1]] = strings.TrimSpace(s[2])
		}
	}
	return found
}
