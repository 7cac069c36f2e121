package worker

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// prSetNoNewPrivs is PR_SET_NO_NEW_PRIVS: prctl(2).
const prSetNoNewPrivs = 38

// starter starts processes from one thread that never ends: a process dies with the thread that started it,
// which is what tells it that the host has been killed. That thread, and so all that it starts, can gain no
// further rights.
var starter = sync.OnceValue(func() chan func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0)
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// start starts a command that ends with this process.
func start(cmd *exec.Cmd) (err error) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	done := make(chan struct{})
	starter() <- func() {
		err = cmd.Start()
		close(done)
	}
	<-done
	return err
}
