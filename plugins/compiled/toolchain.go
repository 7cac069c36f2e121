package compiled

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// toolchain is the go command, and what it says of itself.
type toolchain struct {
	path string
	env  map[string]string
}

// goEnv are the variables of go env on which a build depends.
var goEnv = []string{"GOVERSION", "GOOS", "GOARCH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GONOSUMDB", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GOFLAGS", "CC", "CGO_CFLAGS", "CGO_LDFLAGS"}

// ask fills in env.
func (t *toolchain) ask(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, t.path, append([]string{"env", "-json"}, goEnv...)...)
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local", "GOWORK=off")
	text, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(text, &t.env)
	}
	if err != nil {
		return fmt.Errorf("%s env: %w%s", t.path, err, stderrOf(err))
	}
	return nil
}

// stderrOf is what a command that failed said on its standard error.
func stderrOf(err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) || len(exit.Stderr) == 0 {
		return ""
	}
	return ": " + strings.TrimSpace(string(exit.Stderr))
}

// environment is the one that the go command runs in: as the user has it, but for what would change what
// is built. systemd's DynamicUser has no home, so the caches then lie in ours.
func (b *Builder) environment() []string {
	set := map[string]string{"GOWORK": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GO111MODULE": "on"}
	if b.c.Cgo {
		set["CGO_ENABLED"] = "1"
	}
	for name, value := range map[string]string{"GOOS": b.c.GOOS, "GOARCH": b.c.GOARCH} {
		if value != "" {
			set[name] = value
		}
	}
	if os.Getenv("HOME") == "" {
		set["HOME"] = b.c.Cache
	}
	for name, folder := range map[string]string{"GOCACHE": "go-build", "GOMODCACHE": "mod"} {
		if v := b.tools.env[name]; v == "" || v == "off" {
			set[name] = filepath.Join(b.c.Cache, folder)
		}
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, ours := set[name]
		return ours
	})
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return env
}

// killWait is how long the go command may take to end once it has been told to.
const killWait = 5 * time.Second

// run runs the go command in a folder, and returns all that it says.
func (b *Builder) run(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.tools.path, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, b.environment(), killWait
	ownGroup(cmd) // the compilers that it starts end with it
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("go %s: %w", args[0], context.Cause(ctx))
	}
	return text.String(), err
}
