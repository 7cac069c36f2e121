// Run measures wshd beside a WebSocket server written by hand, and prints a table of ratios.
//
// It builds wshd, and the load generator and the reference server from the folders that -wsload and
// -peers name. Each round starts every server afresh, one after the other, on a core of its own.
// Rounds alternate, and what is compared is the median of the rounds: absolute figures wander with
// the machine, ratios less. Last comes the table of bench/compute, beside stock yaegi and CPython; -only compute is that alone.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// options are the command line.
type options struct {
	wsload, peers string // folders of main packages
	wshd          string // a binary; "": build it
	handlers      string
	compiled      string // those that are compiled
	only          string
	rounds        int
	duration      time.Duration
	conns         int
	cores         [2]string // server's, client's
	out           string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench/run: ")
	var o options
	flag.StringVar(&o.wsload, "wsload", env("WSHD_WSLOAD", "../shared/tools/wsload"), "folder of the load generator's source, or $WSHD_WSLOAD")
	flag.StringVar(&o.peers, "peers", env("WSHD_PEERS", "../shared/tools/peers"), "folder of the reference server's source, or $WSHD_PEERS")
	flag.StringVar(&o.wshd, "wshd", "", "measure this binary instead of building ./cmd/wshd")
	flag.StringVar(&o.handlers, "handlers", "scripts", "folder with echo_wsh.go and broadcast_wsh.go")
	flag.StringVar(&o.compiled, "compiled", "bench/native/handlers", "folder with echo_wsh.go and compute_wsh.go, to be compiled")
	flag.StringVar(&o.only, "only", "", "measure the cases that this regular expression finds")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds")
	flag.DurationVar(&o.duration, "duration", 2*time.Second, "time to measure echo and churn in each round")
	flag.IntVar(&o.conns, "idle", 10000, "connections of the idle case")
	flag.StringVar(&o.cores[0], "server-core", "1", "core for the server")
	flag.StringVar(&o.cores[1], "client-core", "0", "core for the load generator")
	flag.StringVar(&o.out, "out", "", "write the results here, as JSON for bench/plot")
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func env(key, otherwise string) string {
	if v := os.Getenv(key); v != "" {
		return v
	}
	return otherwise
}

func run(o options) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "wshd-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := buildAll(o, dir)
	if err != nil {
		return err
	}
	var results []result
	for _, c := range cases(o) {
		if !only.MatchString(c.name) {
			continue
		}
		r, err := measure(o, b, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if len(results) == 0 {
			fmt.Print(tableHead)
		}
		fmt.Print(r.row())
		results = append(results, r)
	}
	if only.MatchString("compute") {
		if err := compute(o, dir); err != nil {
			return fmt.Errorf("compute: %w", err)
		}
	}
	if disturbance > 0.1 {
		log.Printf("other programs used up to %.0f %% of the machine: measure again when it is quiet", 100*disturbance)
	}
	if o.out == "" {
		return nil
	}
	p, err := json.MarshalIndent(results, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, append(p, '\n'), 0o644)
}

// binaries are the programs of a run.
type binaries struct {
	wshd, native, floor, peer, tunnel, wsload string
	certificate, key                          string // files, of the servers that speak TLS
}

func buildAll(o options, dir string) (b binaries, err error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	b = binaries{o.wshd, in("native"), in("floor"), in("peer"), in("tunnel"), in("wsload"), in("tls.pem"), in("tls.key")}
	if err := certify(b.certificate, b.key); err != nil {
		return b, err
	}
	if _, err := exec.LookPath("taskset"); err != nil {
		return b, fmt.Errorf("taskset (of util-linux) gives server and client a core each: %w", err)
	}
	if b.wshd == "" {
		b.wshd = filepath.Join(dir, "wshd")
		if err := build(".", "./cmd/wshd", b.wshd); err != nil {
			return b, err
		}
	}
	if err := errors.Join(build(".", "./bench/native", b.native), build(".", "./bench/floor", b.floor),
		build(".", "./bench/tunnel", b.tunnel)); err != nil {
		return b, err
	}
	if err := build(o.peers, ".", b.peer); err != nil {
		return b, fmt.Errorf("the reference server: name its folder with -peers or $WSHD_PEERS: %w", err)
	}
	if err := build(o.wsload, ".", b.wsload); err != nil {
		return b, fmt.Errorf("the load generator: name its folder with -wsload or $WSHD_WSLOAD: %w", err)
	}
	return b, nil
}

// compute has bench/compute measure what handlers compute between two messages, and print its own table.
func compute(o options, dir string) error {
	program := filepath.Join(dir, "compute")
	if err := build(".", "./bench/compute", program); err != nil {
		return err
	}
	cmd := exec.Command(program, "-rounds", strconv.Itoa(o.rounds))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func build(dir, pkg, out string) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd.Run()
}
