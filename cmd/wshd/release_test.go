package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// makeRelease makes the release of a version for this machine, and returns its folder.
func makeRelease(t *testing.T, version string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "dist")
	cmd := exec.Command(".ci/release", version, out)
	cmd.Dir, cmd.Env = checkout, plainEnv("PLATFORMS=linux/"+runtime.GOARCH)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// oneOf is the only file of a folder that matches.
func oneOf(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("got %q (%v) for %s, want one", found, err, pattern)
	}
	return found[0]
}

func output(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, text)
	}
	return string(text)
}

// checkFiles looks at what a release consists of.
func checkFiles(t *testing.T, dir, version string) {
	t.Helper()
	output(t, dir, "sha256sum", "--check", "--strict", "SHA256SUMS")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 || strings.Count(string(sums), "\n") != 5 {
		t.Errorf("got %v with the sums\n%s, want a program, its SBOM, a .deb, a .rpm, the image's files, and the sums of all", files, sums)
	}

	program := filepath.Join(t.TempDir(), "wshd")
	output(t, filepath.Dir(program), "tar", "-xzf", oneOf(t, dir, "*"+runtime.GOARCH+".tar.gz"))
	if got := output(t, ".", program, "version"); !strings.HasPrefix(got, "wshd "+version+" go") {
		t.Errorf("got %q, want %s", got, version)
	}
	if got := output(t, ".", "file", "-b", program); !strings.Contains(got, "statically linked") {
		t.Errorf("the program is not static: %s", got)
	}
	checkParts(t, oneOf(t, dir, "*.cdx.json"))

	image := output(t, dir, "tar", "-tzf", oneOf(t, dir, "*_rootfs.tar.gz"))
	for _, want := range []string{"./wshd\n", "./handlers/\n", "./tmp/\n", "./data/\n", "./etc/ssl/certs/ca-certificates.crt\n"} {
		if !strings.Contains(image, want) {
			t.Errorf("the image lacks %s:\n%s", want, image)
		}
	}
	packed := strings.Fields(output(t, dir, "rpm", "-qpl", oneOf(t, dir, "*.rpm")))
	for _, want := range []string{"/usr/bin/wshd", "/usr/lib/systemd/system/wshd.service", "/usr/lib/systemd/system/wshd.socket", "/etc/wshd/config.yaml"} {
		if !slices.Contains(packed, want) {
			t.Errorf("the .rpm lacks %s: %q", want, packed)
		}
	}
}

// checkParts checks that the SBOM names each module of go.mod that is in the program.
func checkParts(t *testing.T, file string) {
	t.Helper()
	var bom struct {
		BomFormat  string
		Components []struct{ Purl string }
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &bom)
	}
	if err != nil || bom.BomFormat != "CycloneDX" {
		t.Fatalf("%q, %v", bom.BomFormat, err)
	}
	for _, want := range []string{"github.com/coder/websocket", "github.com/traefik/yaegi", "github.com/nats-io/nats-server/v2"} {
		line := output(t, checkout, "go", "list", "-m", "-f", "pkg:golang/{{.Path}}@{{.Version}}", want)
		if !slices.ContainsFunc(bom.Components, func(c struct{ Purl string }) bool {
			return strings.HasPrefix(c.Purl, strings.TrimSpace(line))
		}) {
			t.Errorf("the SBOM lacks %s", line)
		}
	}
}
