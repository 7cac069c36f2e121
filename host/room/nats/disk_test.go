package nats

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// TestADiskThatIsFull gives the store a disk of its own and fills it. Rooms that keep nothing go on, publishing to those
// that do is refused in time, and when there is space again all goes on in place: what was acknowledged is there.
func TestADiskThatIsFull(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "none", disk).CombinedOutput(); err != nil {
		t.Skipf("needs root, to mount a small disk: mount: %v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", "--lazy", disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	}()
	log := new(logged)
	r, stop := opened(t, &room.Hub{}, Config{Folder: filepath.Join(disk, "store"), Log: log.logger(),
		Retention: map[string]room.Retention{"kept": {Messages: 1000}}})
	defer stop()
	c, _ := joined(t, r, "kept", wsh.JoinOptions{})
	ids := publish(t, r, "kept", "1", "2")
	c.expect(t, "1", "2")

	filler := filepath.Join(disk, "filler")
	_ = os.WriteFile(filler, bytes.Repeat([]byte("x"), 64<<20), 0o600) // until the disk takes no more
	acknowledged := 2
	for {
		start := time.Now()
		_, err := r.Publish("kept", wsh.Binary(make([]byte, 100<<10)), wsh.PublishOptions{})
		if err == nil {
			acknowledged++
			continue
		}
		if d := time.Since(start); !errors.Is(err, wsh.ErrUnavailable) || d > patience+2*time.Second {
			t.Errorf("on a full disk: got %v after %v, want ErrUnavailable in %v", err, d, patience)
		}
		break
	}
	served(t, r)

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		_, err := r.Publish("kept", wsh.Text("after"), wsh.PublishOptions{Key: "after"})
		if err == nil {
			break
		}
		if !errors.Is(err, wsh.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatalf("with space again: %v; logged %s", err, log)
		}
	}
	list, err := r.History("kept", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < acknowledged+1 || list[0].ID != ids[0] || list[len(list)-1].Message.Text() != "after" {
		t.Errorf("%d are there, %d were acknowledged; the last is %.20q; logged %s", len(list), acknowledged+1, list[len(list)-1].Message.Text(), log)
	}
}
