package wshtest

import (
	"errors"
	"fmt"
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
	c.helper()
	c.connected()
	if !c.saidClose {
		c.saidClose = true
		_ = c.s.in.write(c.masked(wsh.OpcodeClose, closeBody(code, reason)), true)
	}
}

// Close sends a Close frame and waits for the end.
func (c *Client) Close(code wsh.StatusCode, reason string) End {
	c.helper()
	c.SendClose(code, reason)
	return c.Wait()
}

// Abort ends the TCP connection without a Close frame, as a client does that loses its network, and
// waits for the end. What it has sent before can still be received.
func (c *Client) Abort() End {
	c.helper()
	c.s.in.close()
	c.s.out.drop()
	c.s.gone()
	return c.Wait()
}

// Shutdown does what a host does that goes down: it closes with 1001, ends the connection and the
// request's Context, and waits for the handler.
func (c *Client) Shutdown() End {
	c.helper()
	c.s.Fail(wsh.StatusGoingAway, "")
	return c.Wait()
}

// Wait waits until the handler has returned and the connection has ended. Messages that come
// meanwhile are kept for Receive.
func (c *Client) Wait() End {
	c.helper()
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
	c.helper()
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

func (c *Client) helper() {
	if c.t != nil {
		c.t.Helper()
	}
}

func (c *Client) fatalf(format string, args ...any) {
	c.helper()
	if c.t == nil {
		panic(fmt.Sprintf(format, args...))
	}
	c.t.Fatalf(format, args...)
}
