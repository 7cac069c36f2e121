package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// volume starts a command in a place where handlers is a volume that is mounted for it alone, as
// containers have it; away is what the volume holds, and there to be changed while it is not mounted.
const volume = `mv handlers away && mkdir handlers && %s && echo mounted >&2 && exec "$@"`

// The ways to mount one. A tmpfs ends with its last mount, and with it whoever watches its files; a
// bound folder goes on elsewhere.
const (
	bound = `mount --bind away handlers`
	tmpfs = `mkdir next && mount -t tmpfs none next && cp -p away/* next && mount --move next handlers && rmdir next`
)

// TestHandlerRootIsUnmounted takes the volume that holds the handlers away, in each of the ways that it
// can go, and brings it back.
func TestHandlerRootIsUnmounted(t *testing.T) {
	if err := exec.Command("unshare", "--mount", "true").Run(); err != nil {
		t.Skipf("needs root, to mount folders: unshare --mount: %v", err)
	}
	const gone = `level=WARN msg="not served" reason="handler root handlers: .*what is loaded serves on`
	for _, tt := range []struct {
		name, mount, unmount, again string
		busy                        bool
	}{
		// A look at the folder may be under way: then once more.
		{name: "bound", mount: bound, unmount: `until umount handlers; do :; done`, again: bound},
		{name: "tmpfs", mount: tmpfs, unmount: `until umount handlers; do :; done`, again: tmpfs},
		{name: "busy", mount: tmpfs, unmount: `! umount handlers && umount --lazy handlers`, again: tmpfs, busy: true},
		{name: "mounted over", mount: bound, unmount: `mount -t tmpfs none handlers`, again: `umount handlers`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVictim(t, []string{"unshare", "--mount", "sh", "-c", fmt.Sprintf(volume, tt.mount), "sh"})
			v.logs("^mounted")
			v.ready(v.listening(v.process))
			unmount := func() {
				if tt.busy {
					t.Cleanup(v.hold("handlers/echo_wsh.go"))
				}
				v.inside(tt.unmount)
				v.logs(gone)
			}
			unmount()
			v.unharmed()
			v.answers("away", "back")
			v.inside(tt.again)
			v.isAnswered("back", 2)
			v.answers("away", "saved")
			v.inside("cp away/room_wsh.go handlers/room~ && mv handlers/room~ handlers/room_wsh.go")
			v.isAnswered("saved", 3)
			unmount()
			v.echoes(v.steady)
			v.inside(tt.again)
			v.unharmed()
		})
	}
}

// hold opens a file where wshd runs, which keeps its volume busy, until it is let go.
func (v *victim) hold(name string) (let func()) {
	v.t.Helper()
	f, err := os.Open(filepath.Join(fmt.Sprintf("/proc/%d/root", v.cmd.Process.Pid), v.dir, name))
	if err != nil {
		v.t.Fatal(err)
	}
	return func() { f.Close() }
}

// answers has the room's handler, in a folder, answer everything with a text.
func (v *victim) answers(folder, text string) {
	v.t.Helper()
	said := fmt.Sprintf("func(wsh.Message) error { return r.SendText(%q) }", text)
	said = strings.Replace(roomScript, `r.Join("room").Publish`, said, 1)
	writeTree(v.t, filepath.Join(v.dir, folder, "room_wsh.go"), []byte(said), 0o644)
}

// isAnswered waits for a version that does.
func (v *victim) isAnswered(text string, version int) {
	v.t.Helper()
	v.logs(fmt.Sprintf(`msg="handler reloaded" script=room_wsh.go resource=/room version=%d`, version))
	c := v.dial("/room")
	if got := v.said(c, "hello"); got != text {
		v.t.Errorf("got %q, want %q", got, text)
	}
	_ = c.CloseNow()
}

// inside runs a command where wshd runs, with the folders that are mounted there.
func (v *victim) inside(command string) {
	v.t.Helper()
	space := fmt.Sprintf("--mount=/proc/%d/ns/mnt", v.cmd.Process.Pid)
	cmd := exec.CommandContext(v.ctx, "nsenter", space, "sh", "-c", "cd "+v.dir+" && "+command)
	if out, err := cmd.CombinedOutput(); err != nil {
		v.t.Fatalf("%s: %v\n%s\n%s", command, err, out, v.log())
	}
}
