package manual

import (
	"fmt"
	"strings"
)

// Man is the man page wshd(1), in roff.
func (m Manual) Man(version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH WSHD 1 \"\" \"wshd %s\" \"wshd\"\n.SH NAME\nwshd \\- serve WebSocket handlers: Go files in a folder\n", roff(version))
	about, rest, _ := strings.Cut(m.Usage, "\nUsage:\n")
	synopsis, rest, _ := strings.Cut(rest, "\n\n")
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.nf\n%s\n.fi\n.SH DESCRIPTION\n%s\n", roff(synopsis), roff(about))
	for part := range strings.SplitSeq(strings.TrimSpace(rest), "\n\n") {
		head, body, _ := strings.Cut(part, "\n")
		flags := Flags(part)
		switch {
		case !strings.HasSuffix(head, ":"):
			fmt.Fprintf(&b, ".PP\n%s\n", roff(part))
		case len(flags) > 0 && !strings.HasPrefix(head, "Examples"):
			fmt.Fprintf(&b, ".SH %s\n", strings.ToUpper(roff(strings.TrimSuffix(head, ":"))))
			roffFlags(&b, flags)
		default:
			fmt.Fprintf(&b, ".SH %s\n.nf\n%s\n.fi\n", strings.ToUpper(roff(strings.TrimSuffix(head, ":"))), roff(body))
		}
	}
	b.WriteString(".SH COMMANDS\n")
	for _, c := range m.Commands {
		fmt.Fprintf(&b, ".SS wshd %s\n.nf\n%s\n.fi\n", roff(c.Name), roff(strings.TrimRight(c.Usage, "\n")))
		roffFlags(&b, c.Flags)
	}
	return b.String()
}

func roffFlags(b *strings.Builder, flags []Flag) {
	for _, f := range flags {
		fmt.Fprintf(b, ".TP\n.B %s", roff(strings.ReplaceAll(dashed(f), " ", ", ")))
		if f.Value != "" {
			fmt.Fprintf(b, " %s", roff(f.Value))
		}
		fmt.Fprintf(b, "\n%s\n", roff(f.Text))
	}
}

// roff is text as it stands: no line of it is a request, no character an escape.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
