package worker

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"wshd/host/session"
)

// run is one process from its start to its end.
type run struct {
	p       *Process
	cmd     *exec.Cmd
	control *socket
	logs    *socket
	since   time.Time
	ready   chan struct{} // closed when its init has run
	ended   chan struct{} // closed when it has gone, and its sessions with it
	why     error         // that it was killed here
	output  *output
	rooms   sync.WaitGroup // its calls

	prepared func() // nil: nothing was
	once     sync.Once

	mu       sync.Mutex
	sessions map[uint64]*remote
	serial   uint64
	ponged   time.Time
	refused  *Refused
}

// begin starts one process.
func (p *Process) begin() (*run, error) {
	control, there, err := socketPair(syscall.SOCK_SEQPACKET)
	if err != nil {
		return nil, err
	}
	defer there.Close()
	logs, logsThere, err := socketPair(syscall.SOCK_SEQPACKET)
	if err != nil {
		control.close()
		return nil, err
	}
	defer logsThere.Close()
	rooms, roomsThere, err := pipe()
	if err != nil {
		control.close()
		logs.close()
		return nil, err
	}
	defer roomsThere.Close()
	r := &run{p: p, control: control, logs: logs, since: time.Now(), ready: make(chan struct{}), ended: make(chan struct{}),
		sessions: map[uint64]*remote{}, ponged: time.Now(), output: &output{line: p.c.Output}}
	if err := r.start(there, logsThere, roomsThere); err != nil {
		control.close()
		logs.close()
		rooms.Close()
		return nil, err
	}
	text, err := json.Marshal(settings{Script: p.c.Script, WriteBuffer: p.c.WriteBuffer, FlushTime: p.c.FlushTime})
	if err == nil {
		err = control.send(write(kindConfig).text(string(text)), -1, handWait)
	}
	if err != nil {
		r.kill(err)
	}
	go passLog(logs, p.c.Log.Handler())
	r.rooms.Go(func() { p.shareRooms(rooms) })
	go r.listen()
	go r.watch()
	return r, nil
}

// openProgram opens a program to be started, out of the way of the descriptors that processes begin with.
func openProgram(name string) (int, error) {
	f, err := os.Open(name)
	if err != nil {
		return -1, err
	}
	defer f.Close()
	fd, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_DUPFD_CLOEXEC, 64)
	if errno != 0 {
		return -1, fmt.Errorf("open %s: %w", name, errno)
	}
	return int(fd), nil
}

// start starts the program, with files as its descriptors.
func (r *run) start(files ...*os.File) error {
	c := r.p.c
	var args []string
	if c.Prepare != nil {
		var err error
		if args, r.prepared, err = c.Prepare(); err != nil {
			return err
		}
	}
	cmd := exec.Command("/proc/self/fd/" + strconv.Itoa(r.p.program))
	cmd.Args = append([]string{cmp.Or(c.Name, c.Program)}, args...)
	cmd.Dir, cmd.Env, cmd.ExtraFiles = c.Dir, r.p.environment(), files
	cmd.Stdout, cmd.Stderr = r.output, r.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.User != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: c.User.ID, Gid: c.User.Group}
	}
	r.cmd = cmd
	err := start(cmd)
	if err != nil {
		r.isPrepared()
		return fmt.Errorf("start %s in %s: %w", c.Program, c.Dir, err)
	}
	return nil
}

// isPrepared says that what Prepare has made has been read.
func (r *run) isPrepared() {
	if r.prepared != nil {
		r.once.Do(r.prepared)
	}
}

// shareRooms lets the process use the host's rooms, if there are any.
func (p *Process) shareRooms(c net.Conn) {
	if p.c.Rooms == nil {
		c.Close()
		return
	}
	serveRooms(c, p.c.Rooms)
}

// environment is what the process has: what it is told, and what Go needs.
func (p *Process) environment() []string {
	env := append([]string{}, p.c.Env...)
	if p.c.Memory > 0 {
		env = append(env, "GOMEMLIMIT="+strconv.FormatInt(p.c.Memory/10*9, 10))
	}
	return append(env, "GOTRACEBACK=single", workerEnv+"=1")
}

// kill ends the process: because of why, or since it is not wanted any more.
func (r *run) kill(why error) {
	r.mu.Lock()
	if r.why == nil {
		r.why = why
	}
	r.mu.Unlock()
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) // it may have gone
}

// cause is why the process ended.
func (r *run) cause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.why != nil:
		return r.why
	case r.output.first() != "":
		return errors.New(r.output.first())
	}
	return errors.New(r.cmd.ProcessState.String())
}

// refusal is why it could not load the handler, or nil.
func (r *run) refusal() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused == nil {
		return nil
	}
	return r.refused
}

// watch pings the process, and looks how much memory it has.
func (r *run) watch() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for n := uint64(0); ; n++ {
		select {
		case <-tick.C:
		case <-r.ended:
			return
		}
		r.mu.Lock()
		silent := time.Since(r.ponged)
		r.mu.Unlock()
		if silent > pingWait {
			r.kill(fmt.Errorf("it has not answered for %v", pingWait))
			return
		}
		if most := r.p.c.Memory; most > 0 && resident(r.cmd.Process.Pid) > most {
			r.kill(fmt.Errorf("it took more memory than scripts.memory, %d bytes", most))
			return
		}
		_ = r.control.send(write(kindPing).num(n), -1, pingEvery) // a process that does not read it will not answer either
	}
}

// resident is how much memory a process has, in bytes.
func resident(pid int) int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	words := strings.Fields(string(text))
	if err != nil || len(words) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// listen handles what the process sends until it has gone, and then ends its sessions.
func (r *run) listen() {
	buf := make([]byte, maxDatagram)
	for {
		b, fd, err := r.control.receive(buf)
		if err != nil {
			break
		}
		if fd >= 0 {
			syscall.Close(fd) // none is expected
		}
		r.handle(kind(b[0]), &reader{b: b[1:]})
	}
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	_ = r.cmd.Wait() // its state says how it ended
	r.output.flush()
	r.control.close()
	r.logs.close()
	r.mu.Lock()
	left := r.sessions
	r.sessions = nil
	r.mu.Unlock()
	for _, s := range left {
		s.orphaned()
	}
	r.isPrepared()
	r.rooms.Wait() // its members have left all rooms
	close(r.ended)
}

// handle acts on one datagram from the process.
func (r *run) handle(k kind, m *reader) {
	switch k {
	case kindReady:
		r.isPrepared()
		close(r.ready)
	case kindRefuse:
		r.mu.Lock()
		r.refused = &Refused{m.text()}
		r.mu.Unlock()
	case kindPong:
		r.mu.Lock()
		r.ponged = time.Now()
		r.mu.Unlock()
	case kindStats:
		for len(m.b) > 0 && m.err == nil {
			n := m.num()
			stats := readStats(m)
			if s := r.session(n); s != nil {
				s.stats.Store(&stats)
			}
		}
	case kindHit, kindRefused:
		r.report(k, m.text())
	default:
		if s := r.session(m.num()); s != nil {
			s.handle(k, m)
		}
	}
}

func (r *run) session(n uint64) *remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[n]
}

// report passes on what concerns no session in particular, by the owner of any of them: they have the same.
func (r *run) report(k kind, text string) {
	r.mu.Lock()
	var o *session.Owner
	for _, s := range r.sessions {
		o = s.c.Owner
		break
	}
	r.mu.Unlock()
	switch {
	case o == nil:
	case k == kindHit && o.Hit != nil:
		o.Hit(text)
	case k == kindRefused && o.Refused != nil:
		o.Refused(slog.New(slog.DiscardHandler), text) // the process has logged it
	}
}
