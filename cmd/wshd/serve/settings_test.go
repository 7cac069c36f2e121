package serve

import (
	"io"
	"testing"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/logs"
)

// settingsOf loads settings as the command line would.
func settingsOf(t *testing.T, environ []string, args ...string) (*config.Settings, error) {
	t.Helper()
	f, err := config.ParseFlags(args)
	if err != nil {
		return nil, err
	}
	return config.Load(f, environ)
}

// discarded is a log that nobody reads.
func discarded(t *testing.T) *logs.Logger {
	t.Helper()
	o, err := logs.Open(logs.Config{Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	return logs.New(o)
}
