package nats

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// natsServer is a NATS server in a process of its own: this test's program, run again.
type natsServer struct {
	settings serverSettings
	process  *exec.Cmd
	life     io.Closer
}

type serverSettings struct {
	Name                 string
	Port, Cluster        int
	Folder               string
	Routes               []string
	User, Password       string
	MaxStore, MaxPayload int64
}

// serveForTest is that process. It ends when its standard input does, so with the test at the latest.
func serveForTest(text string) {
	var c serverSettings
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	o := &server.Options{ServerName: c.Name, Host: "127.0.0.1", Port: c.Port, JetStream: true, StoreDir: c.Folder, NoSigs: true,
		Username: c.User, Password: c.Password, JetStreamMaxStore: c.MaxStore, MaxPayload: int32(c.MaxPayload)}
	if c.Cluster > 0 {
		o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: c.Cluster}
		for _, r := range c.Routes {
			u, err := url.Parse(r)
			if err != nil {
				panic(err)
			}
			o.Routes = append(o.Routes, u)
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		panic(err)
	}
	s.ConfigureLogger()
	s.Start()
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	os.Exit(0)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// startNATS starts n servers, of one cluster if they are several.
func startNATS(t *testing.T, n int, change func(*serverSettings)) (servers []*natsServer, addresses []string) {
	t.Helper()
	var routes []string
	for i := range n {
		s := &natsServer{settings: serverSettings{Name: fmt.Sprint("n", i), Port: freePort(t), Folder: t.TempDir()}}
		if n > 1 {
			s.settings.Cluster = freePort(t)
			routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", s.settings.Cluster))
		}
		if change != nil {
			change(&s.settings)
		}
		servers = append(servers, s)
		addresses = append(addresses, fmt.Sprintf("nats://127.0.0.1:%d", s.settings.Port))
	}
	for _, s := range servers {
		s.settings.Routes = routes
		s.start(t)
		t.Cleanup(s.kill)
	}
	return servers, addresses
}

func (s *natsServer) start(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(s.settings)
	if err != nil {
		t.Fatal(err)
	}
	s.process = exec.Command(os.Args[0], "-test.run=^$")
	s.process.Env = append(os.Environ(), "WSHD_TEST_NATS="+string(text))
	if s.life, err = s.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.settings.Port))
		if err == nil {
			_ = c.Close()
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

// kill ends it at once, as a crash does.
func (s *natsServer) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

func (s *natsServer) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
