package serve

import (
	"testing"

	"wshd/cmd/wshd/config"
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
