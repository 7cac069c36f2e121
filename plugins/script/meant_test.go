package script

import (
	"strings"
	"testing"
)

func TestErrorsSayWhatWasPerhapsMeant(t *testing.T) {
	for _, tt := range []struct{ statement, want string }{
		{`r.SendTxt("x")`, "r.SendTxt undefined (type *wsh.Request has no field or method SendTxt); did you mean SendText?"},
		{`r.Receive()`, "has no field or method Receive)\n"},
		{`strings.ToUper("x")`, "undefined: strings.ToUper; did you mean ToUpper?"},
		{`u := struct{ name string }{}; u.nam = "q"`, "did you mean name?"},
		{`var b strings.Builder; b.WritString("x")`, "did you mean WriteString?"},
		{`r.SendText([]byte("x"))`, "as string value in argument to r.SendText; SendBinary takes []byte"},
		{`b := []byte("x"); r.SendText(b)`, "as string value in argument to r.SendText; SendBinary takes []byte"},
		{`r.SendBinary("x")`, "as []byte value in argument to r.SendBinary; SendText takes a string"},
		{`s := "x"; r.SendBinary(s)`, "as []byte value in argument to r.SendBinary; SendText takes a string"},
		{`r.SendText(7)`, "as string value in argument to r.SendText\n"},
	} {
		text := "package main\n\nimport (\n\t\"strings\"\n\t\"wshd/plugins/wsh\"\n)\n\nvar _ = strings.ToUpper\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\n\nfunc TransferData(r *wsh.Request) error {\n" +
			tt.statement + "\nreturn nil\n}\n"
		_, err := Load(t.Context(), Config{}, write(t, map[string]string{"x_wsh.go": text}), "x")
		if err == nil || !strings.Contains(err.Error()+"\n", tt.want) {
			t.Errorf("%s: got %v, want %s", tt.statement, err, tt.want)
		}
	}
}

func TestRefusedImportsAreComplainedOfOnce(t *testing.T) {
	text := "package main\n\nimport (\n\t\"net\"\n\t\"os\"\n\t\"wshd/plugins/wsh\"\n)\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\n\n" +
		"func TransferData(r *wsh.Request) error {\n\tf, err := os.Open(\"x\")\n\tf.Close()\n\treturn err\n}\n"
	_, err := Load(t.Context(), Config{}, write(t, map[string]string{"x_wsh.go": text}), "x")
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got\n%v\nwant two lines, one for each import", err)
	}
}

func TestHandlersOfPlainHTTPNeedNoOtherHook(t *testing.T) {
	head := "package main\n\nimport (\n\t\"net/http\"\n\t\"wshd/plugins/wsh\"\n)\n\nvar _ wsh.Message\n\nfunc ServeHTTP(w http.ResponseWriter, q *http.Request) {}\n"
	for _, tt := range []struct{ more, want string }{
		{"", ""},
		{"func TransferData(r *wsh.Request) error { return nil }\n", "DoExtraHandshake is missing"},
		{"func DoExtraHandshake(r *wsh.Request) error { return nil }\n", "TransferData is missing"},
		{"func TransferDat(r *wsh.Request) error { return nil }\n", "TransferDat should be named TransferData"},
	} {
		h, err := Load(t.Context(), Config{}, write(t, map[string]string{"x_wsh.go": head + tt.more}), "x")
		switch {
		case tt.want == "" && (err != nil || h.ServeHTTP == nil || h.TransferData != nil || h.DoExtraHandshake != nil):
			t.Errorf("got %v, %v", h, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %s", tt.more, err, tt.want)
		}
	}
}
