package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"wshd/cmd/wshd/config"
)

// strict reads the documents of a YAML file in docs, one into each of the values. A key that a value
// has no field for is an error: somebody misspelt it, or this test must learn it.
func strict(t *testing.T, name string, values ...any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	documents := yaml.NewDecoder(bytes.NewReader(text))
	for i, v := range values {
		var tree any
		if err := documents.Decode(&tree); err != nil {
			t.Fatalf("docs/%s, document %d: %v", name, i+1, err)
		}
		b, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(v); err != nil {
			t.Errorf("docs/%s, document %d: %v", name, i+1, err)
		}
	}
	if err := documents.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Errorf("docs/%s holds more than %d documents (%v)", name, len(values), err)
	}
}

// imageSettings is how wshd is configured in the image by env. It must understand all of it.
func imageSettings(t *testing.T, env map[string]string) *config.Settings {
	t.Helper()
	stages := dockerStages(t)
	image := map[string]string{}
	for _, i := range stages[len(stages)-1] {
		if i.name == "ENV" {
			for _, pair := range strings.Fields(i.args) {
				name, value, _ := strings.Cut(pair, "=")
				image[name] = value
			}
		}
	}
	for name, value := range env {
		image[name] = value
	}
	var environ []string
	for name, value := range image {
		environ = append(environ, name+"="+value)
	}
	s, err := settingsOf(t, environ)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range s.Warnings {
		t.Errorf("%s: %s", w.What, w.Reason)
	}
	return s
}

// imageSays is what an instruction of the Dockerfile says of the image.
func imageSays(t *testing.T, name string) string {
	t.Helper()
	stages := dockerStages(t)
	for _, i := range stages[len(stages)-1] {
		if i.name == name {
			return i.args
		}
	}
	t.Fatalf("the Dockerfile has no %s", name)
	return ""
}

type composeFile struct {
	Name     string
	Services map[string]struct {
		Build, Image, Restart, User string
		Environment                 map[string]string
		Volumes                     []string
		Ports, Tmpfs, Networks      []string
		ReadOnly                    bool     `json:"read_only"`
		CapDrop                     []string `json:"cap_drop"`
		SecurityOpt                 []string `json:"security_opt"`
		Init                        bool
		StopGracePeriod             string                                `json:"stop_grace_period"`
		DependsOn                   map[string]struct{ Condition string } `json:"depends_on"`
		Configs                     []struct{ Source, Target string }
	}
	Networks map[string]struct {
		Ipam struct {
			Config []struct{ Subnet string }
		}
	}
	Volumes map[string]struct{}
	Configs map[string]struct{ Content string }
}

func TestComposeFitsTheImage(t *testing.T) {
	var c composeFile
	strict(t, "compose.yaml", &c)
	w := c.Services["wshd"]
	s := imageSettings(t, w.Environment)
	if grace, err := time.ParseDuration(w.StopGracePeriod); err != nil || grace <= s.Drain {
		t.Errorf("killed after %s, while going down may take %v", w.StopGracePeriod, s.Drain)
	}
	if !w.ReadOnly || w.User != imageSays(t, "USER") || !slices.Equal(w.CapDrop, []string{"ALL"}) || !slices.Contains(w.Tmpfs, "/tmp") {
		t.Errorf("it may do more than it needs to: %+v", w)
	}
	servers := s.Rooms.NATS.Servers
	if len(servers) != 1 || servers[0] != "nats://nats:4222" || !strings.Contains(c.Configs["nats"].Content, "port: 4222\njetstream {") {
		t.Errorf("rooms are at %q, NATS is given %q", servers, c.Configs["nats"].Content)
	}
	if volume, folder, _ := strings.Cut(c.Services["nats"].Volumes[0], ":"); !strings.Contains(c.Configs["nats"].Content, "store_dir: "+folder+" }") || len(c.Volumes) != 1 || volume != "nats" {
		t.Errorf("NATS keeps things in %s of %s", folder, volume)
	}
	from, to, _ := strings.Cut(w.Volumes[0], ":")
	if to != s.Handlers+":ro" || !exists(filepath.Join(checkout, "docs", from, ".")) {
		t.Errorf("%s is mounted at %s, handlers are looked for at %s", from, to, s.Handlers)
	}
	if subnet := c.Networks["inside"].Ipam.Config[0].Subnet; !slices.Equal(s.TrustedProxies, []string{subnet}) {
		t.Errorf("trusts %q, nginx is in %s", s.TrustedProxies, subnet)
	}
	if _, err := os.Stat(filepath.Join(checkout, "docs", w.Build, "Dockerfile")); err != nil {
		t.Error(err)
	}
	if c.Services["nginx"].DependsOn["wshd"].Condition != "service_healthy" || imageSays(t, "HEALTHCHECK") == "" {
		t.Error("nginx does not wait until wshd is healthy")
	}
	if !strings.Contains(c.Configs["nginx"].Content, "proxy_pass http://wshd:"+imageSays(t, "EXPOSE")+";") {
		t.Errorf("nginx leads elsewhere than to port %s of wshd", imageSays(t, "EXPOSE"))
	}
}

// TestComposeNginxLeadsToWshd runs the nginx of compose.yaml, with the addresses of this machine.
func TestComposeNginxLeadsToWshd(t *testing.T) {
	var c composeFile
	strict(t, "compose.yaml", &c)
	conf := c.Configs["nginx"].Content
	if regexp.MustCompile(`(^|[^$])(\$\$)*\$([^$]|$)`).MatchString(conf) {
		t.Error("compose takes a single $ for a variable of its own")
	}
	env := []string{"WSHD_TRUSTED_PROXIES=127.0.0.1"}
	p, err := startProcess(t.TempDir(), append(os.Environ(), env...), []string{"-p", "0", "-w", checkoutPath(t, "scripts"), "--log-level", "debug"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	back, err := p.find(listening)
	if err != nil {
		t.Fatal(err)
	}
	front := freeAddr(t)
	startNginx(t, strings.NewReplacer("$$", "$", "wshd:9998", back, "listen 80;", "listen "+front+";").Replace(conf))
	// A page of the same host: the host is passed on as the browser names it.
	f, status := dialFrames(t, front, "http://"+front, "/echo", "")
	if status != 101 {
		t.Fatalf("got %d, want 101\n%s", status, p.log())
	}
	f.send("hello")
	if got := f.receive(); got != "hello" {
		t.Errorf("got %q, want hello", got)
	}
	if _, status := dialFrames(t, front, "https://evil.example", "/echo", ""); status != 403 {
		t.Errorf("another site's page: got %d, want 403", status)
	}
}

func checkoutPath(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(checkout, name))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
