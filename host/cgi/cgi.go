// Package cgi runs a program for a request and answers with what it says: RFC 3875. Neither the program nor
// what it has started outlives its request.
package cgi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"wshd/plugins/wsh"
)

// Program is what runs for one request.
type Program struct {
	File string            // the program's file
	Name string            // its path: SCRIPT_NAME
	Info string            // what follows that in the request's path: PATH_INFO
	User *wsh.User         // REMOTE_USER; nil: the client was not authenticated
	Said func(line string) // called with each line that it writes to standard error, on one goroutine
}

// The errors of Serve that say more than how the program failed.
var (
	ErrStopped   = errors.New("stopped: its time was over, or the client or the host has gone")
	ErrNoAnswer  = errors.New("the program gave no answer")
	errChunked   = errors.New("a program must know how long the body is: Content-Length is missing")
	errUnwilling = errors.New("the client does not take the answer")
)

// Serve runs the program until it ends, or ctx does, and then kills what is left of it: the process and all in
// its group. It writes an answer in any case. The error is for the log; ErrStopped is one of them. If cut is
// true the answer is not whole, and the connection is to be ended so that the client notices.
func (p *Program) Serve(ctx context.Context, w http.ResponseWriter, q *http.Request) (cut bool, err error) {
	if q.ContentLength < 0 {
		http.Error(w, errChunked.Error(), http.StatusBadRequest)
		return false, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := p.start(ctx, q, cancel)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return false, fmt.Errorf("start: %w", err)
	}
	begun, err := r.answer(w, q)
	stopped := ctx.Err() != nil
	if err != nil {
		cancel() // nobody reads the rest
	}
	ended := r.end(w)
	switch {
	case stopped || err == nil && ctx.Err() != nil:
		err = ErrStopped
	case err == nil:
		return false, nil // whatever its exit status is
	case ended != nil && !begun:
		err = fmt.Errorf("%w (%v)", err, ended)
	}
	if begun {
		return true, err
	}
	status := http.StatusInternalServerError
	if errors.Is(err, ErrStopped) {
		status = http.StatusGatewayTimeout
	}
	http.Error(w, http.StatusText(status), status)
	return false, err
}

// run is a running program.
type run struct {
	cmd    *exec.Cmd
	out    *os.File
	errs   *os.File
	in     *os.File // nil: the request has no body
	exited chan error
	fed    chan struct{} // closed when the whole body has been passed on
	logged chan struct{} // closed when all that it wrote to standard error has been passed to Said
	stop   func() bool
}

// start starts the program, and what passes its standard streams on. A body that the client does not send
// ends it.
func (p *Program) start(ctx context.Context, q *http.Request, cancel func()) (*run, error) {
	r := &run{exited: make(chan error, 1), fed: make(chan struct{}), logged: make(chan struct{})}
	r.cmd = &exec.Cmd{Path: p.File, Args: []string{p.File}, Dir: filepath.Dir(p.File), Env: p.environ(q), SysProcAttr: ofItsOwnGroup()}
	var theirs [3]*os.File
	defer func() {
		for _, f := range theirs {
			f.Close() // for a nil file Close returns an error, which does not matter
		}
	}()
	err := r.pipes(&theirs, q.ContentLength > 0)
	if err == nil {
		if theirs[0] != nil {
			r.cmd.Stdin = theirs[0]
		}
		r.cmd.Stdout, r.cmd.Stderr = theirs[1], theirs[2]
		err = r.cmd.Start()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.stop = context.AfterFunc(ctx, func() {
		killGroup(r.cmd.Process)
		past := time.Now()
		_ = r.out.SetReadDeadline(past) // for a process that has left the group and holds the pipe open
		_ = r.errs.SetReadDeadline(past)
	})
	go func() {
		err := r.cmd.Wait()
		killGroup(r.cmd.Process) // what it has left behind
		r.exited <- err
	}()
	go r.feed(q.Body, cancel)
	go r.readErrors(p.Said)
	return r, nil
}

// pipes opens the ends of the standard streams that are the program's, and ours.
func (r *run) pipes(theirs *[3]*os.File, body bool) (err error) {
	if body {
		if theirs[0], r.in, err = os.Pipe(); err != nil {
			return err
		}
	}
	if r.out, theirs[1], err = os.Pipe(); err != nil {
		return err
	}
	r.errs, theirs[2], err = os.Pipe()
	return err
}

// feed passes the body on.
func (r *run) feed(body io.Reader, cancel func()) {
	defer close(r.fed)
	if r.in == nil {
		return
	}
	defer r.in.Close()
	_, err := io.Copy(r.in, body)
	if err != nil && !errors.Is(err, fs.ErrClosed) && !brokenPipe(err) {
		cancel() // the client has stopped sending; a program need not read
	}
}

// What is told of standard error, at most, for one request.
const (
	maxLines = 100
	maxLine  = 1000 // bytes
)

// readErrors passes on what the program writes to standard error.
func (r *run) readErrors(said func(line string)) {
	defer close(r.logged)
	defer r.errs.Close()
	b := bufio.NewReaderSize(r.errs, maxLine)
	for n, begun := 0, false; ; {
		line, more, err := b.ReadLine()
		if err != nil {
			if n > maxLines {
				said(fmt.Sprintf("and %d lines more", n-maxLines))
			}
			return
		}
		if !begun {
			if n++; n <= maxLines {
				said(string(line))
			}
		}
		begun = more // the rest of a long line is left out
	}
}

// end waits for all goroutines of start, and says how the program ended.
func (r *run) end(w http.ResponseWriter) error {
	err := <-r.exited
	_ = r.errs.SetReadDeadline(time.Now().Add(time.Second)) // for a process that has left the group
	<-r.logged
	if r.in != nil {
		r.in.Close()
	}
	// The rest of the body is not needed.
	for waiting, body := true, http.NewResponseController(w); waiting; {
		select {
		case <-r.fed:
			waiting = false
		case <-time.After(10 * time.Millisecond):
			_ = body.SetReadDeadline(time.Now())
		}
	}
	r.stop()
	r.out.Close()
	return err
}

func (r *run) close() {
	for _, f := range []*os.File{r.in, r.out, r.errs} {
		f.Close()
	}
}
