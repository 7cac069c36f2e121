package main

import "strings"

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func Run() int {
	n := 0
	for i := 0; i < 3000; i++ {
		var b strings.Builder
		for _, part := range strings.Split("one,two,three,four", ",") {
			b.WriteString(strings.ToUpper(part))
			b.WriteByte('-')
		}
		s := reverse(b.String())
		if strings.HasPrefix(s, "-R") && s[3] != 'x' {
			n += len(s[2:]) + strings.Index(s, "ENO")
		}
	}
	return n
}
