package imported

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

func TestAFolderThatCannotBeWrittenIsNoFault(t *testing.T) {
	dir := root(t)
	for d, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o555} {
		if err := os.Chmod(d, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	done := make(chan [2]error)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		if os.Getuid() == 0 {  // who may write everywhere
			syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		}
		done <- [2]error{Keep(dir), os.WriteFile(filepath.Join(dir, "x"), nil, 0o600)}
	}()
	got := <-done
	if got[0] != nil {
		t.Error(got[0])
	}
	if got[1] == nil {
		t.Error("the folder can be written: this test shows nothing")
	}
}
