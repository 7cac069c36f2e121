package script

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

var atOnce = flag.Int("atonce", 2, "in how many fresh processes 100 handlers are loaded at once")

// TestHandlersLoadedAtOnce loads 100 handlers at once in processes that have loaded none before, whose tables
// are yet to be filled. Under -race nothing is read there that somebody else still writes.
func TestHandlersLoadedAtOnce(t *testing.T) {
	if os.Getenv("SCRIPT_AT_ONCE") != "" {
		loadAtOnce(t)
		return
	}
	for range *atOnce {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHandlersLoadedAtOnce$")
		cmd.Env = append(os.Environ(), "SCRIPT_AT_ONCE=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// unexported are of types that no package exports, and of types within themselves: what loads look for in
// tables that they share.
const unexported = `package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"wshd/plugins/wsh"
)

type node struct {
	next  *node
	under map[string]*node
	at    atomic.Pointer[node]
	when  time.Time
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	b := make([]byte, 8)
	binary.BigEndian.PutUint64(b, %d)
	binary.LittleEndian.PutUint64(b, 1)
	slices.SortFunc(b, func(x, y byte) int { return int(x) - int(y) })
	fmt.Println(base64.StdEncoding.EncodeToString(b), node{}.when)
	return nil
}
`

func loadAtOnce(t *testing.T) {
	var files []string
	for file := range handlerFiles(t) {
		files = append(files, file)
	}
	for i := len(files); i < 100; i++ {
		files = append(files, write(t, map[string]string{"x_wsh.go": fmt.Sprintf(unexported, i)}))
	}
	var wg sync.WaitGroup
	begin := make(chan bool)
	for _, file := range files {
		wg.Go(func() {
			<-begin
			h, err := Load(t.Context(), Config{CPU: time.Minute}, file, file)
			if err != nil {
				t.Error(err)
				return
			}
			h.Life.Retire()
		})
	}
	close(begin)
	wg.Wait()
}
