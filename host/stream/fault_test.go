package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"wshd/plugins/wsh"
)

// TestFaultsAreTold: the client reads in the reason of the Close frame which limit it has passed, and the log
// says what it has done.
func TestFaultsAreTold(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []byte
		code   wsh.StatusCode
		reason string
		want   string
	}{
		{"size", text("1234"), 1009, "message of more than 3 bytes", "message of more than 3 bytes"},
		{"text", text("\xff"), 1007, "", "text that is not UTF-8"},
		{"mask", []byte("\x81\x01a"), 1002, "", "unmasked frame"},
		{"opcode", masked(0x83, ""), 1002, "", "reserved opcode 3"},
	} {
		c, p := connect(t, Config{MessageSize: 3})
		p.send(test.frames)
		received := make(chan error, 1)
		go func() {
			_, err := c.Receive(-1, false)
			received <- err
		}()
		f, err := p.read()
		if err != nil || string(f.data) != string(binary.BigEndian.AppendUint16(nil, uint16(test.code)))+test.reason {
			t.Errorf("%s: got %q, %v, want %d %s", test.name, f.data, err, test.code, test.reason)
		}
		p.nc.Close()
		if err := <-received; !errors.Is(err, wsh.ErrClosed) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if got, want := c.Why(), fmt.Sprintf("closed with %d: %s", test.code, test.want); got != want {
			t.Errorf("%s: logged %q, want %q", test.name, got, want)
		}
	}
}

// TestTheLogHasNoAddressesInItsReasons: they are not the client's behind a proxy, and make each line another.
func TestTheLogHasNoAddressesInItsReasons(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4711}
	op := func(err error) error { return &net.OpError{Op: "writev", Net: "tcp", Source: at, Addr: at, Err: err} }
	for _, test := range []struct {
		err  error
		want string
	}{
		{op(os.NewSyscallError("writev", syscall.ECONNRESET)), "connection reset by peer"},
		{op(syscall.EPIPE), "broken pipe"},
		{op(net.ErrClosed), "use of closed network connection"},
		{fmt.Errorf("%w: the client takes nothing more: %w", wsh.ErrClosed, op(os.ErrDeadlineExceeded)), "the client takes nothing more"},
		{errSilent, "no answer to a ping"},
	} {
		c, _ := connect(t, Config{})
		c.fail(test.err)
		if got := c.Why(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
