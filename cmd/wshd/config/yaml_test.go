package config

import "testing"

func TestWhatIsNoYAMLIsToldInWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"value with a colon", "drain: 1s\nhandlers: b: c\n", `2: a key is indented too far, or a value with a colon in it is not in quotes`},
		{"indented too far", "drain: 1s\n  handlers: b\n", `2: a key is indented too far, or a value with a colon in it is not in quotes`},
		{"indented otherwise", "limits:\n  connections: 5\n per_client: 3\n", `3: this is indented otherwise than what it belongs to`},
		{"star without quotes", "drain: 1s\norigins: *\n", `2: a value that begins with * or & is not in quotes (write "*")`},
		{"open list", "drain: 1s\norigins: [a\n", `2: a [ is not closed`},
		{"open map", "drain: 1s\nlog: {level: info\nhandlers: a\n", `2: a { is not closed`},
		{"open quote", "drain: 1s\nhandlers: \"a\n", `2: a quote is not closed`},
		{"value to be quoted", "drain: 1s\nhandlers: @a\n", `2: a value begins with a character that needs quotes`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := writeFile(t, "config.yaml", tt.text)
			c := Defaults()
			if _, err := readConfigFile(file, &c); err == nil || err.Error() != file+":"+tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
