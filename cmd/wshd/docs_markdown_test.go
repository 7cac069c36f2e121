package main

import (
	"strings"
	"testing"
)

// docStep is one thing in a document that the test does: a fenced block, or a line of a comment that
// begins with "test".
type docStep struct {
	line int
	lang string // of a fenced block; "" for a line of a comment
	text string // the block, or the arguments of the comment's line
	verb string // the comment's line's first word; of a block, what is to be done with it instead of the usual
	args string // of a block's verb
}

// blockVerbs belong to the block that follows.
var blockVerbs = map[string]bool{"save": true, "lines-of": true, "test-command": true, "fails": true}

// docSteps reads a document.
func docSteps(t *testing.T, text string) (all []docStep) {
	t.Helper()
	lines := strings.Split(text, "\n")
	var next docStep // what is to be done with the next block
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "```"):
			s := next
			next = docStep{}
			s.line, s.lang = i+1, strings.TrimPrefix(line, "```")
			if s.lang == "" {
				t.Errorf("line %d: a block without a language", i+1)
				s.lang = "none"
			}
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				s.text += lines[i] + "\n"
			}
			if i == len(lines) {
				t.Errorf("line %d: the block does not end", s.line)
			}
			all = append(all, s)
		case strings.HasPrefix(strings.TrimSpace(line), "```"), strings.HasPrefix(line, "~~~"):
			t.Errorf("line %d: a block that is not at the margin, or not in backticks, is not tested", i+1)
		case strings.HasPrefix(line, "<!-- test"):
			comment, start := line, i
			for !strings.HasSuffix(comment, "-->") && i+1 < len(lines) {
				i++
				comment += "\n" + lines[i]
			}
			comment = strings.TrimSuffix(strings.TrimPrefix(comment, "<!-- test"), "-->")
			for n, command := range strings.Split(strings.TrimPrefix(comment, ":"), "\n") {
				verb, args, _ := strings.Cut(strings.TrimSpace(command), " ")
				switch {
				case verb == "":
				case blockVerbs[verb]:
					next.verb, next.args = verb, args
				default:
					all = append(all, docStep{line: start + n + 1, verb: verb, text: args})
				}
			}
		}
	}
	if next.verb != "" {
		t.Errorf("%s is not followed by a block", next.verb)
	}
	return all
}

func TestStepsFindsEveryBlock(t *testing.T) {
	got := docSteps(t, "# Title\n\n```sh\nls\n```\n\n<!-- test: save a.go -->\n```go\npackage a\n```\n\n"+
		"<!-- test\ndial /a\nsend b c\n-->\n\n<!-- a comment -->\n")
	want := []docStep{
		{line: 3, lang: "sh", text: "ls\n"},
		{line: 8, lang: "go", text: "package a\n", verb: "save", args: "a.go"},
		{line: 13, verb: "dial", text: "/a"},
		{line: 14, verb: "send", text: "b c"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}
