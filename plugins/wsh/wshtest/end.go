package wshtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// String describes the end for a test's message.
func (e End) String() string {
	s := fmt.Sprintf("closed with %d", e.Code)
	if e.Code == wsh.StatusAbnormalClosure {
		s = "the connection ended without a Close frame"
	}
	if e.Reason != "" {
		s += fmt.Sprintf(" %q", e.Reason)
	}
	return fmt.Sprintf("%s; the handler returned: %v", s, e.Err)
}

// SendClose sends a Close frame; code 0 makes it empty. Messages may still come before the handler's
// own.
func (c *Client) SendClose(code wsh.StatusCode, reason string) {
	c.t.Helper()
	c.connected()
	if !c.saidClose {
		c.saidClose = true
		_ = c.s.in.write(c.masked(wsh.OpcodeClose, closeBody(code, reason)), true)
	}
}

// Close sends a Close frame and waits for the end.
func (c *Client) Close(code wsh.StatusCode, reason string) End {
	c.t.Helper()
	c.SendClose(code, reason)
	return c.Wait()
}

// Abort ends the TCP connection without a Close frame, as a client does that loses its network, and
// waits for the end. What it has sent before can still be received.
func (c *Client) Abort() End {
	c.t.Helper()
	c.s.in.close()
	c.s.out.drop()
	c.s.gone()
	return c.Wait()
}

// Shutdown does what a host does that goes down: it closes with 1001, ends the connection and the
// request's Context, and waits for the handler.
func (c *Client) Shutdown() End {
	c.t.Helper()
	c.s.Fail(wsh.StatusGoingAway, "")
	return c.Wait()
}

// Wait waits until the handler has returned and the connection has ended. Messages that come
// meanwhile are kept for Receive.
func (c *Client) Wait() End {
	c.t.Helper()
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	c.wait(c.answered, "DoExtraHandshake has not returned")
	for c.response.Status == 101 && c.over == nil {
		if err := c.read(timer.C); errors.Is(err, wsh.ErrTimeout) {
			c.fatalf("TransferData is still running after %v", c.patience)
		}
	}
	c.wait(c.done, "TransferData is still running")
	end := c.end
	end.Err = c.err
	return end
}

// wait waits for something that the handler does.
func (c *Client) wait(done <-chan struct{}, otherwise string) {
	c.t.Helper()
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.fatalf("%s after %v", otherwise, c.patience)
	}
}

// Compressed reports whether the handler left compression on. The connection in memory has none.
func (c *Client) Compressed() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return !c.s.uncompressed
}

func (c *Client) fatalf(format string, args ...any) {
	c.t.Helper()
	c.t.Fatalf(format, args...)
}

// alone is the test of a client that has none, as in an Example: what goes wrong panics.
type alone struct{ testing.TB }

func (alone) Helper()                           {}
func (alone) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (alone) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func orAlone(t testing.TB) testing.TB {
	if t == nil {
		return alone{}
	}
	return t
}
