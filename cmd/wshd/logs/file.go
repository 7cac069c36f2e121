package logs

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"github.com/DeRuina/timberjack"

	"wshd/cmd/wshd/hint"
)

// logFile is a file that begins anew when it is full. timberjack keeps the old ones; it counts in
// MiB, so the size is watched here. What cannot be written, as on a full disk, goes to aside.
type logFile struct {
	name  string
	aside io.Writer

	mu        sync.Mutex
	file      *timberjack.Logger
	size, max int64 // max 0: never full
	failing   bool  // the last record could not be written
	torn      bool  // the file ends in part of a record
}

func openLogFile(name string, maxSize int64, backups int, aside io.Writer) (*logFile, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &logFile{
		name: name, aside: aside,
		file: &timberjack.Logger{Filename: name, MaxSize: math.MaxInt >> 20, MaxBackups: backups, LocalTime: true,
			// Files of the same time count as one backup, so it must be fine enough.
			BackupTimeFormat: "2006-01-02T15-04-05.000000"},
		size: info.Size(), max: maxSize,
	}, nil
}

// Write appends one record, or writes it aside: a log that cannot be written stops nobody, and loses
// nothing that standard error can take.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.append(p)
	if failed := err != nil; failed != l.failing {
		l.failing = failed
		if failed {
			fmt.Fprintf(l.aside, "wshd: log file %s: %v; until it can be written the log goes on here\n", l.name, hint.Cause(err))
		} else {
			fmt.Fprintf(l.aside, "wshd: log file %s: the log goes on there\n", l.name)
		}
	}
	if err != nil {
		return l.aside.Write(p)
	}
	return len(p), nil
}

func (l *logFile) append(p []byte) error {
	if l.max > 0 && l.size > 0 && l.size+int64(len(p)) > l.max {
		if err := l.file.Rotate(); err != nil {
			return err
		}
		l.size, l.torn = 0, false
	}
	if l.torn {
		p = append([]byte{'\n'}, p...)
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	l.torn = n < len(p) && (l.torn || n > 0)
	return err
}

// Close closes the file.
func (l *logFile) Close() error { return l.file.Close() }
